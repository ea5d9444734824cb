"""`Endless`: an object that needs one of its own kind; what may be left out is left out then."""

from __future__ import annotations

from belljar.data.errors import CannotMeet

__all__ = ["Endless"]


class Endless(CannotMeet):
    """A model needs an object of the same model, which needs another one, without an end."""
