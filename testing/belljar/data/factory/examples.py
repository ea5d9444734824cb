"""`Examples`: whether a model has had any example yet; one that refuses all of them is told, not drawn for ever."""

from __future__ import annotations

from collections.abc import Callable

from belljar.data.errors import CannotMeet

__all__ = ["Examples"]

# Each was drawn again up to 200 times. Hypothesis gives up after 50, and does not know why.
_MOST = 10


class Examples:
    """The examples of one model in a row that were refused."""

    def __init__(self) -> None:
        self._missed: int | None = 0

    def met(self) -> None:
        """Note that there was one: there will be others."""
        self._missed = None

    def missed(self, why: Callable[[], CannotMeet]) -> None:
        """Note that one was refused. Raises the error for it if there has been no other."""
        if self._missed is None:
            return
        self._missed += 1
        if self._missed >= _MOST:
            raise why()
