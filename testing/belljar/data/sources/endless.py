"""`Endless`: an object that needs one of its own kind; what may be left out is left out then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from belljar.data.errors import CannotMeet

__all__ = ["Endless", "endless"]


class Endless(CannotMeet):
    """A model needs an object of the same model, which needs another one, without an end."""


def endless(chain: Sequence[Any]) -> Endless:
    """Return the error for models of which each needs the next, and the last is the first again."""
    names = [getattr(one, "__name__", str(one)) for one in chain]
    return Endless(
        f"{' needs '.join(names)}, without an end", place=names[0], fix="give one of them"
    )
