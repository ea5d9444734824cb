"""`Log`: what a service wrote, read without ever holding more of it than a person would read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from belljar.services.errors import LogNotSeen

__all__ = ["Log"]

TAIL_LINES = 20
TAIL_BYTES = 64 * 1024
CHUNK_BYTES = 1 << 20
# The most that `text` gives: a test that looks for a line in more has another problem.
TEXT_BYTES = 16 * CHUNK_BYTES
PAUSE_SECONDS = 0.005


class Log:
    """The log file of one instance, over all its starts; `mark` divides it at a test's begin.

    `redact` takes from a text what no message may show.
    """

    def __init__(self, path: Path, title: str, redact: Callable[[str], str] = str) -> None:
        self.path = path
        self._title = title
        self._redact = redact
        self._marked = 0

    @property
    def size(self) -> int:
        """Bytes written so far."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def mark(self) -> None:
        """Let what comes from now on be that of the next test."""
        self._marked = self.size

    def text(self) -> str:
        """All of it, or the last 16 MiB."""
        return self._read(max(0, self.size - TEXT_BYTES), TEXT_BYTES).decode(errors="replace")

    def tail(self, lines: int = TAIL_LINES, *, since_mark: bool = False) -> str:
        """The last lines, of the last 64 KiB."""
        start = max(self._marked if since_mark else 0, self.size - TAIL_BYTES)
        text = self._read(start, TAIL_BYTES).decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:]) if lines > 0 else ""

    def shown(self, lines: int = TAIL_LINES, *, since_mark: bool = False) -> str:
        """The last lines as a message may show them."""
        return self._redact(self.tail(lines, since_mark=since_mark))

    def wait_for(
        self, pattern: str | re.Pattern[str], timeout: float, runs: Callable[[], bool]
    ) -> re.Match[str]:
        """Return the first match in a line written since the mark. Raises `LogNotSeen`."""
        wanted = re.compile(pattern)
        until = time.monotonic() + timeout
        offset, rest = self._marked, b""
        while True:
            alive = runs()  # before the look: its last words count
            while data := self._read(offset, CHUNK_BYTES):
                offset += len(data)
                finished, _, rest = (rest + data).rpartition(b"\n")
                for line in finished.decode(errors="replace").splitlines():
                    if match := wanted.search(line):
                        return match
                rest = rest[:TAIL_BYTES]
            if not alive or time.monotonic() > until:
                why = f"within {timeout:g} s" if alive else "before it ended"
                raise LogNotSeen(
                    f"{self._title} wrote no line that matches {wanted.pattern!r} {why}",
                    log_tail=self.shown(since_mark=True),
                    log_name=str(self.path),
                    fix="see what it wrote in this test instead, or give a longer timeout",
                )
            time.sleep(PAUSE_SECONDS)  # between two looks: a file can't be waited for

    def _read(self, start: int, limit: int) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(start)
                return file.read(limit)
        except FileNotFoundError:
            return b""
