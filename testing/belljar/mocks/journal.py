"""`Journal`: what came to a namespace and what was answered; the last thousand requests."""

from __future__ import annotations

import time
from collections import deque

__all__ = ["Entry", "Journal"]

KEPT = 1000
BODY = 500
STARTED = time.monotonic()


class Entry:
    """One request: its number from 1, seconds since the mock began, and what came of it.

    `status` is 0 as long as nothing was answered. `fault` is the name of what was injected,
    `unmatched` says why the mock had no answer, where it had none.
    """

    __slots__ = ("body", "fault", "method", "number", "path", "status", "time", "unmatched")

    def __init__(self, number: int, method: str, path: str, body: bytes) -> None:
        self.number = number
        self.time = time.monotonic() - STARTED
        self.method = method
        self.path = path
        self.body = body
        self.status = 0
        self.fault = ""
        self.unmatched = ""

    def shown(self) -> dict[str, object]:
        """The entry as JSON has it."""
        body = self.body.decode("utf-8", "replace")
        return {
            "number": self.number,
            "time": round(self.time, 6),
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "fault": self.fault or None,
            "body": body if len(body) < BODY else f"{body}...",
            "unmatched": self.unmatched or None,
        }


class Journal:
    """Entries in the order in which the requests came; the oldest go first."""

    __slots__ = ("_entries", "_number", "_unmatched")

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        # Kept besides: a test that goes on for thousands of requests must not lose its failure.
        self._unmatched: deque[Entry] = deque(maxlen=20)
        self._number = 0

    def add(self, method: str, path: str, body: bytes = b"") -> Entry:
        """A new entry, to be completed when the answer is known."""
        self._number += 1
        entry = Entry(self._number, method, path, body[:BODY])
        self._entries.append(entry)
        return entry

    def unmatched(self, entry: Entry, why: str) -> None:
        """Note that there was no answer to it."""
        entry.unmatched = why
        self._unmatched.append(entry)

    def shown(self, *, after: int = 0, unmatched: bool = False) -> dict[str, object]:
        """The entries as JSON has them, those with a number above `after`."""
        entries = self._unmatched if unmatched else self._entries
        return {
            "entries": [entry.shown() for entry in entries if entry.number > after],
            "count": self._number,
            "dropped": self._number - len(self._entries),
        }
