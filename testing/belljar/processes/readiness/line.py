"""`LineReady`: ready when the process has printed a line that matches."""

from __future__ import annotations

import re
import threading
from weakref import WeakKeyDictionary

from belljar.processes.readiness.protocol import Watched

__all__ = ["LineReady"]

CHUNK_BYTES = 1 << 20
# In one look: what is beyond waits for the next, so that a flood can't keep us from coming back.
LOOK_BYTES = 16 * CHUNK_BYTES
# What is kept of a line that does not end.
LINE_BYTES = 64 * 1024


class LineReady:
    """Waits for a line of output in which the pattern is found; `Process.match` is that match.

    Only finished lines count: half of an address is not an address. Each byte is looked at once.
    """

    def __init__(self, pattern: str | re.Pattern[str]) -> None:
        self.pattern = re.compile(pattern)
        self._scans: WeakKeyDictionary[Watched, _Scan] = WeakKeyDictionary()
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"LineReady({self.pattern.pattern!r})"

    @property
    def what(self) -> str:
        """The pattern."""
        return f"a line that matches {self.pattern.pattern!r}"

    def pending(self, process: Watched) -> str | None:
        """Return None once such a line is there, else how many lines are."""
        if self.match(process) is not None:
            return None
        count = self._scans[process].count
        return f"{count} line{'' if count == 1 else 's'} of output, none of them matches"

    def match(self, process: Watched) -> re.Match[str] | None:
        """Return the first match, if there is one yet."""
        with self._lock:
            scan = self._scans.setdefault(process, _Scan())
        scan.go_on(process, self.pattern)
        return scan.match


class _Scan:
    """How far one process's output has been looked at."""

    def __init__(self) -> None:
        self.count = 0
        self.match: re.Match[str] | None = None
        self._offset = 0
        self._rest = b""

    def go_on(self, process: Watched, pattern: re.Pattern[str]) -> None:
        until = self._offset + LOOK_BYTES
        while self.match is None and self._offset < until:
            data = process.log_bytes(self._offset, CHUNK_BYTES)
            if not data:
                return
            self._offset += len(data)
            finished, newline, rest = (self._rest + data).rpartition(b"\n")
            self._rest = rest[:LINE_BYTES]
            lines = finished.decode(errors="replace").splitlines() if newline else []
            self.count += len(lines)
            self.match = next(filter(None, map(pattern.search, lines)), None)
