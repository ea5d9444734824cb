"""`CommandReady`: ready when a command, such as a client's ping, exits with 0."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from belljar.processes.errors import CommandNotStarted, describe_exit
from belljar.processes.readiness.protocol import Watched

__all__ = ["CommandReady"]


class CommandReady:
    """Runs `argv` again and again until it exits with 0; one run may take `timeout` seconds.

    `env` and `cwd` are as with `start_process`. What it starts is gone after each run.
    """

    def __init__(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 5.0,
    ) -> None:
        self.argv = tuple(os.fspath(part) for part in argv)
        if not self.argv:
            raise ValueError("CommandReady needs a command: argv is empty")
        self._env = env
        self._cwd = cwd
        self._timeout = timeout

    @property
    def what(self) -> str:
        """The command line."""
        return f"exit code 0 from `{shlex.join(self.argv)}`"

    def pending(self, process: Watched) -> str | None:
        """Return None once it exits with 0, else its exit code and the last line it printed."""
        from belljar.processes.process import start_process  # which imports the strategies

        try:
            probe = start_process(self.argv, env=self._env, cwd=self._cwd, stop_grace=0.0)
        except CommandNotStarted as error:
            return str(error).partition("\n")[0]
        code = probe.wait(self._timeout)
        if code is None:
            probe.kill()
            seen = f"no end within {self._timeout:g} s"
        else:
            seen = describe_exit(code)
        last = probe.log_tail(1).strip()
        return None if code == 0 else f"{seen}: {last}" if last else seen
