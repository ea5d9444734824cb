"""`Source`: where a field's values come from, one at a time, many at once, or as a strategy."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["Source"]


class Source(ABC):
    """Where a field's values come from.

    A source has no state: what it gives depends on the draw alone.
    """

    # Never the same value twice in a test.
    unique: bool = False

    @abstractmethod
    def one(self, draw: Draw) -> Any:
        """Return a value."""

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another value, after a model refused `attempt` of them."""
        return self.one(draw)

    def column(self, draw: Draw, n: int) -> list[Any]:
        """Return `n` values, for bulk loading: fast, and not the ones that `one` would give."""
        one = self.one
        return [one(draw) for _ in range(n)]

    @abstractmethod
    def strategy(self) -> SearchStrategy[Any]:
        """Return a Hypothesis strategy of the same values."""
