"""The two small Protocols between `start_process` and a readiness strategy."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Readiness", "Watched"]


class Watched(Protocol):
    """What a strategy may look at: the process that is to become ready."""

    @property
    def pid(self) -> int:
        """Its process id."""

    def log_bytes(self, start: int, limit: int) -> bytes:
        """What it wrote from byte `start` on, at most `limit` bytes of it."""


class Readiness(Protocol):
    """A way to find out whether a process is ready.

    One instance may serve several processes, one after the other or at once: keep no state, or
    keep it by process.
    """

    @property
    def what(self) -> str:
        """What is waited for, address included, for the error message: `HTTP 200 from http://…`."""

    def pending(self, process: Watched) -> str | None:
        """Return None when it is ready, else what was seen: `connection refused`.

        Called again and again until ready, so it must come back soon (a second at most, where it is up to
        the strategy) and raise nothing for what is normal while a server starts.
        """
