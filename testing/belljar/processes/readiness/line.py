"""`LineReady`: ready when the process has printed a line that matches."""

from __future__ import annotations

import re

from belljar.processes.readiness.protocol import Watched

__all__ = ["LineReady"]


class LineReady:
    """Waits for a line of output in which the pattern is found; `Process.match` is that match.

    Only finished lines count: half of an address is not an address.
    """

    def __init__(self, pattern: str | re.Pattern[str]) -> None:
        self.pattern = re.compile(pattern)

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
        count = len(_finished_lines(process))
        return f"{count} line{'' if count == 1 else 's'} of output, none of them matches"

    def match(self, process: Watched) -> re.Match[str] | None:
        """Return the first match, if there is one yet."""
        return next(filter(None, map(self.pattern.search, _finished_lines(process))), None)


def _finished_lines(process: Watched) -> list[str]:
    return process.log_text().rpartition("\n")[0].splitlines()
