"""`Outcome`: what became of a test when one call went wrong.

Outcome.CORRUPTED.bad        # -> True
Outcome("fell back").letter  # -> "b"
"""

from __future__ import annotations

from enum import Enum

__all__ = ["Outcome"]


class Outcome(Enum):
    """The outcomes, the worst first."""

    HUNG = "hung"
    CORRUPTED = "corrupted"
    FAILED = "failed cleanly"
    FELL_BACK = "fell back"
    RETRIED = "retried"
    ENDURED = "endured"
    NOT_REACHED = "not reached"
    NOT_POSSIBLE = "not possible"

    @property
    def bad(self) -> bool:
        """Whether a sweep that has it fails."""
        return self in (Outcome.HUNG, Outcome.CORRUPTED)

    @property
    def letter(self) -> str:
        """One character, for the matrix in a terminal."""
        return _LETTERS[self]

    @property
    def meaning(self) -> str:
        """What it says, in a phrase."""
        return _MEANINGS[self]


_LETTERS = {
    Outcome.HUNG: "H",
    Outcome.CORRUPTED: "C",
    Outcome.FAILED: "f",
    Outcome.FELL_BACK: "b",
    Outcome.RETRIED: "r",
    Outcome.ENDURED: "e",
    Outcome.NOT_REACHED: "?",
    Outcome.NOT_POSSIBLE: "-",
}
_MEANINGS = {
    Outcome.HUNG: "the test was still not over when its time was up",
    Outcome.CORRUPTED: "more happened than without the fault, or an invariant does not hold",
    Outcome.FAILED: "the test failed; nothing is wrong with what it left",
    Outcome.FELL_BACK: "the test passed without the call",
    Outcome.RETRIED: "the test passed; the call was made again",
    Outcome.ENDURED: "the test passed; the call worked, only later, in pieces or twice",
    Outcome.NOT_REACHED: "the call was not made, in three tries: the fault never happened",
    Outcome.NOT_POSSIBLE: "this fault is refused at this call",
}
