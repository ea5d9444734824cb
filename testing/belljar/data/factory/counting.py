"""`check_count`: how many objects somebody wants is a number of them."""

from __future__ import annotations

from typing import Any

from belljar.data.errors import CannotMeet

__all__ = ["check_count"]


def check_count(count: Any, place: str) -> None:
    """Raise CannotMeet for what is no number of objects."""
    # numpy's numbers, too, say that they are whole.
    if hasattr(count, "__index__") and not isinstance(count, bool) and count >= 0:
        return
    raise CannotMeet(
        f"there can't be {count!r} of them",
        place=place,
        choices=("0", "1", "2", "..."),
        fix=f"data.{place}(Customer, 3)",
    )
