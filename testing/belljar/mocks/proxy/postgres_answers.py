"""`Answers`: which of the server's answers belongs to which of the client's messages.

Clients may send much before they read (pipelines), so each message that will be answered waits in a
row; what the server sends belongs to the first of them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

__all__ = ["Answers", "Expected"]

# What ends the answer to a message of this kind. Those that are not here end with ReadyForQuery.
_ENDS = {
    "parse": b"1",
    "bind": b"2",
    "describe": b"Tn",
    "execute": b"CIs",
    "close": b"3",
}
# What comes at any time, belonging to nothing.
_ASYNCHRONOUS = b"NAS"


@dataclass(eq=False)
class Expected:
    """An answer that is still to come, and what a toxic makes of it."""

    kind: str  # startup, query, parse, bind, describe, execute, close, call, sync
    fault: str = ""  # fail, lose, cut, fatal
    how: str = "reset"  # how the connection ends
    reply: bytes = b""
    rows: int = 0  # how much of a result passes before it is cut
    size: int = 0

    def ended_by(self, kind: bytes) -> bool:
        """Whether a message of the server's of this kind is the last of this answer."""
        return kind in _ENDS.get(self.kind, b"Z")


class Answers:
    """The row of answers that are still to come."""

    def __init__(self) -> None:
        self._row: deque[Expected] = deque()
        self._skipping = False  # the server failed, and ignores everything until Sync
        self._copying = False  # the server takes data of COPY, and ignores Sync

    @property
    def first(self) -> Expected | None:
        """The answer that the server is giving, or will give next."""
        return self._row[0] if self._row else None

    @property
    def ignored(self) -> bool:
        """Whether the server will ignore an extended-protocol message that is sent now."""
        return self._skipping

    def expect(self, expected: Expected) -> None:
        """Add an answer that will come, unless the server ignores the message."""
        if expected.kind == "sync":
            if self._copying:
                return
            self._skipping = False
        elif self._skipping and expected.kind not in ("query", "call"):
            return
        self._row.append(expected)

    def copied(self) -> None:
        """The client has ended the data of COPY."""
        self._copying = False

    def seen(self, kind: bytes) -> Expected | None:
        """Take note of a message of the server's; return the answer that it was the last of."""
        first = self.first
        if first is None or kind in _ASYNCHRONOUS:
            return None
        if kind == b"E" and first.kind not in ("query", "call", "startup"):
            self._fail()
            return None
        if kind == b"G" and first.kind == "execute":
            # What the client synchronised before it knew that data is wanted is ignored.
            self._copying = True
            while len(self._row) > 1 and self._row[1].kind == "sync":
                del self._row[1]
        if first.ended_by(kind):
            return self._row.popleft()
        return None

    def _fail(self) -> None:
        self._copying = False
        while self._row and self._row[0].kind != "sync":
            if self._row[0].kind in ("query", "call"):
                return
            self._row.popleft()
        self._skipping = not self._row
