"""The two small Protocols between `start_process` and a readiness strategy."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Readiness", "Watched"]


class Watched(Protocol):
    """What a strategy may look at: the process that is to become ready."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def log_text(self) -> str:
        """All that it wrote so far."""


class Readiness(Protocol):
    """A way to find out whether a process is ready.

    One instance may serve several processes, one after the other or at once: keep no state.
    """

    @property
    def what(self) -> str:
        """What is waited for, address included, for the error message: `HTTP 200 from http://…`."""

    def pending(self, process: Watched) -> str | None:
        """Return None when it is ready, else what was seen: `connection refused`.

        Called again and again until ready, so it must come back soon (a second at most) and raise
        nothing for what is normal while a server starts.
        """
