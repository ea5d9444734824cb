"""What a platform has to offer so that `Process` can start and end children on it.

One file per way of doing it: `_posix.py` (Linux, macOS) and `_windows.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

__all__ = ["Child", "Launch"]


@dataclass(frozen=True)
class Launch:
    """All that is needed to start one command."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path | None
    output_fd: int
    stop_signal: int
    stop_grace: float
    orphan_grace: float
    pass_fds: tuple[int, ...]
    user_namespace: bool
    run_as: tuple[int, int] | None
    remove_if_orphaned: tuple[Path, ...]


class Child(Protocol):
    """A started command. Every method may be called again after the end, and does nothing then."""

    @property
    def pid(self) -> int:
        """Process id of the command itself."""

    def wait(self, timeout: float | None) -> int | None:
        """Return the exit code (a signal's number negated), or None if it runs on after that."""

    def signal(self, number: int) -> None:
        """Send a signal to the command (not to what it started)."""

    def pause(self) -> None:
        """Hold the command and its process group where they are (not on Windows)."""

    def resume(self) -> None:
        """Let them go on."""

    def stop(self, number: int, grace: float) -> None:
        """Send a signal and, if that did not end it within the grace, kill all; do not wait."""

    def kill(self) -> None:
        """Kill the command and all that it started; do not wait."""

    def abandon(self) -> None:
        """Let go of a child that cannot be ended, closing what belongs to it here."""
