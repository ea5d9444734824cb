"""What isolation raises: a rung that can't do what was asked, and the wish for a higher one."""

from __future__ import annotations

from belljar.databases.errors import DatabaseError

__all__ = ["BadIsolation", "Climb", "IsolationTooWeak"]


class BadIsolation(DatabaseError):
    """A marker or an option names a rung, a check or a database that does not exist."""


class IsolationTooWeak(DatabaseError):
    """The test did what its rung can't keep apart from what real connections would do."""


class Climb(BaseException):
    """Ends the first try of a test that `auto` repeats on a higher rung; `reason` says why.

    Not an `Exception`: the code under test must not take it for a failure of its own.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"this test needs a database of its own: {reason}")
        self.reason = reason
