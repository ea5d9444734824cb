"""`Turns`: how often something is expected, and what comes of it each time; the base of all expectations."""

from __future__ import annotations

from typing import Generic, Self, TypeVar

from belljar.doubles.counting import FOREVER, counted
from belljar.doubles.ledger import Ledger
from belljar.doubles.places import caller
from belljar.doubles.spoken import Spoken

__all__ = ["Turns"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

T = TypeVar("T")


class Turns(Spoken, Generic[T]):
    """Once, unless it is told otherwise; answers said in a row are for one time each."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._turns: list[T] = []
        self._count: tuple[int, int] | None = None
        self.line = caller()
        self.came = 0

    def times(self, count: int) -> Self:
        """Expect it so many times, 0 is never; the last answer is for all that are left."""
        count = counted(self._ledger, "times", count)
        self._count = (count, count)
        return self

    def at_least(self, count: int) -> Self:
        """Expect it so many times, or more often."""
        self._count = (counted(self._ledger, "at_least", count), FOREVER)
        return self

    def any_number(self) -> Self:
        """Let it come any number of times, or never."""
        self._count = (0, FOREVER)
        return self

    @property
    def least(self) -> int:
        """How often it has to come."""
        return self._count[0] if self._count else max(1, len(self._turns))

    @property
    def most(self) -> int:
        """How often it may come."""
        return self._count[1] if self._count else max(1, len(self._turns))

    @property
    def is_over(self) -> bool:
        """Whether it may come no more."""
        return self.came >= self.most

    def _names(self) -> set[str]:
        return set(dir(type(self)))  # its fields are for us

    def _turn(self, turn: T) -> Self:
        self._turns.append(turn)
        return self

    def _next(self) -> T | None:
        """Give the turn of this time; nothing if none was told."""
        self.came += 1
        return self._turns[min(self.came, len(self._turns)) - 1] if self._turns else None
