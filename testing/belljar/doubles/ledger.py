"""`Ledger`: what the doubles of one test have seen go wrong, and what they still wait for.

An error that the code under test takes is kept here, so that the test fails nevertheless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from belljar.doubles.errors import DoubleError
from belljar.doubles.places import caller

__all__ = ["Ledger"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

E = TypeVar("E", bound=DoubleError)


class Ledger:
    """The doubles' ledger of a test."""

    def __init__(self, test: str = "") -> None:
        self.test = test
        self.complaints: list[DoubleError] = []
        self._waiting: list[Callable[[], Iterable[DoubleError]]] = []

    def error(
        self,
        kind: type[E],
        summary: str,
        *,
        line: str = "",
        choices: Iterable[str] = (),
        fix: str = "",
    ) -> E:
        """Give an error that names this test and, unless it is told, the line."""
        return kind(summary, test=self.test, line=line or caller(), choices=choices, fix=fix)

    def complaint(
        self, kind: type[E], summary: str, *, choices: Iterable[str] = (), fix: str = ""
    ) -> E:
        """Give an error, to be raised, for which the test fails even if the code takes it."""
        error = self.error(kind, summary, choices=choices, fix=fix)
        self.complaints.append(error)
        return error

    def at_the_end(self, unmet: Callable[[], Iterable[DoubleError]]) -> None:
        """Ask this at the end of the test's body for what was not met."""
        self._waiting.append(unmet)

    def verdict(self) -> str:
        """Give what the test has to fail for, or nothing; what was told is not told again."""
        told = [*self.complaints, *(error for ask in self._waiting for error in ask())]
        self.complaints = []
        self._waiting = []
        return "\n".join(dict.fromkeys(str(error) for error in told))
