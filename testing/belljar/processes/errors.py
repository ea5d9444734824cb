"""Every error that belljar.processes raises, in one tree.

    ProcessError
    ├── CommandNotStarted         the command could not be executed at all
    │   └── UserNamespaceRefused  this machine forbids user namespaces
    ├── ExitedEarly               it ended before it was ready
    ├── NotReady                  it ran, but was not ready in time
    ├── NoMatch                   `.match` was asked for, and no line was waited for
    ├── NotOnThisPlatform         this operating system can't do what was asked
    └── StillRunning              it could not be ended

Each carries what one needs to know without opening a log: the command, the last status seen, the
exit code, the address, the last lines of its output.
"""

from __future__ import annotations

import shlex
import signal
from collections.abc import Sequence

__all__ = [
    "CommandNotStarted",
    "ExitedEarly",
    "NoMatch",
    "NotOnThisPlatform",
    "NotReady",
    "ProcessError",
    "StillRunning",
    "UserNamespaceRefused",
]


class ProcessError(Exception):
    """A child process did not do what it was started for.

    `command`, `returncode`, `waiting_for`, `last_status`, `log_tail` and `fix` hold the parts that the
    message shows; those that do not apply are None or empty.
    """

    def __init__(
        self,
        summary: str,
        *,
        command: Sequence[str] = (),
        returncode: int | None = None,
        waiting_for: str = "",
        last_status: str = "",
        log_tail: str | None = None,
        log_name: str = "",
        fix: str = "",
    ) -> None:
        self.command = tuple(command)
        self.returncode = returncode
        self.waiting_for = waiting_for
        self.last_status = last_status
        self.log_tail = log_tail or ""
        self.fix = fix
        lines = [summary]
        if returncode is not None:
            lines.append(f"  ended with:  {describe_exit(returncode)}")
        if waiting_for:
            lines.append(f"  waiting for: {waiting_for}")
        if last_status:
            lines.append(f"  last status: {last_status}")
        if command:
            lines.append(f"  command:     {shlex.join(command)}")
        if fix:
            lines.append(f"  fix:         {fix}")
        if log_tail is not None:
            place = f" of {log_name}" if log_name else ""
            lines.append(f"  last lines{place}:" if log_tail else f"  its log{place} is empty")
            lines.extend(f"    | {line}" for line in log_tail.splitlines())
        super().__init__("\n".join(lines))


class CommandNotStarted(ProcessError):
    """The command could not be executed: not found, not executable, a missing folder."""


class UserNamespaceRefused(CommandNotStarted):
    """The machine does not let the process have a user namespace of its own."""


class ExitedEarly(ProcessError):
    """The process ended before it was ready."""


class NotReady(ProcessError):
    """The process ran on, but was not ready in time."""


class NoMatch(ProcessError):
    """`.match` was asked of a process that was not started with `LineReady`."""


class NotOnThisPlatform(ProcessError):
    """The operating system has no such thing: pausing a process on Windows."""


class StillRunning(ProcessError):
    """The process could not be ended, by force either."""


def describe_exit(returncode: int) -> str:
    """Return an exit code in words: `exit code 3`, or `SIGKILL (signal 9)`."""
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        name = signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"
    return f"{name} (signal {-returncode})"
