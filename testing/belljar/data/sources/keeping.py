"""`kept`: a strategy of those values that fit; where none does, that is said, and not that drawing is slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["kept"]

# Hypothesis gives up after 50 examples, each of which tries three values.
_TRIES = 100


def kept(
    strategy: SearchStrategy[Any], fits: Callable[[Any], Any], limits: str
) -> SearchStrategy[Any]:
    """Return a strategy of the values that fit; it raises CannotMeet if the first hundred don't."""
    missed: int | None = 0

    def asked(value: Any) -> bool:
        nonlocal missed
        if fits(value):
            missed = None
            return True
        if missed is not None:
            missed += 1
            if missed >= _TRIES:
                raise CannotMeet(
                    f"nothing was found that keeps to {limits}; tried {_TRIES}, the last {value!r}",
                    fix="give the field a source",
                )
        return False

    return strategy.filter(asked)
