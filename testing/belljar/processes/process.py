r"""`start_process` and `Process`: a child that is ready when you get it and gone when you are.

    with start_process(
        [sys.executable, "-m", "services.orders"],
        ready=LineReady(r"listening on (http://\S+)"),
        log=tmp_path / "orders.log",
    ) as orders:
        httpx.get(orders.match[1] + "/health")

`_posix.py` and `_windows.py` have what differs between platforms.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NoReturn

from belljar.processes._backend import Child, Launch
from belljar.processes.errors import (
    CommandNotStarted,
    ExitedEarly,
    NoMatch,
    NotReady,
    StillRunning,
)
from belljar.processes.readiness import LineReady, Readiness

if sys.platform == "win32":
    from belljar.processes._windows import WindowsChild as PlatformChild
else:
    from belljar.processes._posix import PosixChild as PlatformChild

__all__ = ["Process", "start_process"]

# Lines of output in an error: enough for a traceback, not a flood.
TAIL_LINES = 20
TAIL_BYTES = 64 * 1024
# Between two looks at a starting process: a fiftieth of the time waited so far, so that looking
# late costs two per cent at most, within these bounds.
SHORTEST_PAUSE = 0.001
LONGEST_PAUSE = 0.05
# What a forced end may take on top of the grace before we call the process unkillable.
FORCE_SECONDS = 10.0


def start_process(
    argv: Sequence[str | os.PathLike[str]],
    *,
    name: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    ready: Readiness | None = None,
    ready_timeout: float = 30.0,
    log: Path | None = None,
    stop_signal: int = signal.SIGTERM,
    stop_grace: float = 5.0,
    orphan_grace: float | None = None,
    pass_fds: Sequence[int] = (),
    user_namespace: bool = False,
    run_as: tuple[int, int] | None = None,
    remove_if_orphaned: Sequence[Path] = (),
) -> Process:
    """Return a running process that has become ready; use it in a `with` to have it ended.

    Its output, standard error included, goes to the file `log` (appended to; None keeps it in an
    unnamed file), its input is empty. `env` is its whole environment, as with `subprocess`; None
    passes ours on. A Python child gets PYTHONUNBUFFERED unless `env` says otherwise, or its lines
    would not be seen when it prints them.

    It ends with this process, whatever ends that, and so does all that it started: first
    `stop_signal`, after `orphan_grace` (default: `stop_grace`) seconds by force.
    `remove_if_orphaned` names folders to be deleted then, when nobody else is left to do it (Linux,
    macOS). The thread that calls this may end before the process does.

    `user_namespace` makes root look like another user to it (Linux), for servers that refuse root;
    `run_as` is the cruder way: a (uid, gid) to become, which needs real privileges.

    Raises `CommandNotStarted`, `ExitedEarly` or `NotReady`; no process is left then.
    """
    command = tuple(os.fspath(part) for part in argv)
    if not command:
        raise CommandNotStarted("start_process needs a command: argv is empty.")
    environment = dict(os.environ if env is None else env)
    environment.setdefault("PYTHONUNBUFFERED", "1")
    output_fd = _open_log(log)
    try:
        launch = Launch(
            name=name or Path(command[0]).name,
            command=command,
            env=environment,
            cwd=cwd,
            output_fd=output_fd,
            stop_signal=int(stop_signal),
            stop_grace=stop_grace,
            orphan_grace=stop_grace if orphan_grace is None else orphan_grace,
            pass_fds=tuple(pass_fds),
            user_namespace=user_namespace,
            run_as=run_as,
            remove_if_orphaned=tuple(remove_if_orphaned),
        )
        started = os.lseek(output_fd, 0, os.SEEK_END)
        process = Process(launch, PlatformChild(launch), output_fd, started, log)
    except BaseException:
        os.close(output_fd)
        raise
    try:
        if ready is not None:
            process.await_ready(ready, ready_timeout)
    except BaseException:  # a Ctrl-C too: no child may be left
        process.kill()
        raise
    return process


class Process:
    """A started child process; a context manager that stops it."""

    def __init__(
        self, launch: Launch, child: Child, output_fd: int, started: int, log: Path | None
    ) -> None:
        self._launch = launch
        self._child = child
        self._output_fd = output_fd
        # Open for as long as somebody may ask for the log, which is after the end too.
        weakref.finalize(self, os.close, output_fd)
        self._started = started
        self._log = log
        self._match: re.Match[str] | None = None

    def __repr__(self) -> str:
        code = self.returncode
        state = "running" if code is None else f"ended ({code})"
        return f"<Process {self.name} pid={self.pid} {state}>"

    @property
    def name(self) -> str:
        """What errors call it: the `name` given, or the program's."""
        return self._launch.name

    @property
    def command(self) -> tuple[str, ...]:
        """The program and its arguments."""
        return self._launch.command

    @property
    def pid(self) -> int:
        """Process id of the command."""
        return self._child.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs, then its exit code, or the number of the signal, negated."""
        return self._child.wait(0.0)

    @property
    def match(self) -> re.Match[str]:
        """The match of the line that `LineReady` waited for; `NoMatch` is raised without one."""
        if self._match is None:
            raise NoMatch(
                f"{self.name} was not started with LineReady, so there is no match.",
                command=self._launch.command,
                fix="start_process(..., ready=LineReady(r'...'))",
            )
        return self._match

    @property
    def log_size(self) -> int:
        """How many bytes this process wrote so far."""
        return max(0, os.fstat(self._output_fd).st_size - self._started)

    def log_bytes(self, start: int, limit: int) -> bytes:
        """What it wrote from byte `start` on, at most `limit` bytes of it."""
        size = min(limit, self.log_size - start)
        if size <= 0:
            return b""
        if sys.platform == "win32":  # no pread; there the child has a position of its own
            os.lseek(self._output_fd, self._started + start, os.SEEK_SET)
            return os.read(self._output_fd, size)
        return os.pread(self._output_fd, size, self._started + start)

    def log_text(self) -> str:
        """All that this process wrote so far (not what was in the log before it)."""
        return self.log_bytes(0, self.log_size).decode(errors="replace")

    def log_tail(self, lines: int = TAIL_LINES) -> str:
        """The last lines that it wrote, of the last `TAIL_BYTES`: a flood does not fill the memory."""
        start = max(0, self.log_size - TAIL_BYTES)
        text = self.log_bytes(start, TAIL_BYTES).decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:]) if lines > 0 else ""

    def wait(self, timeout: float | None = None) -> int | None:
        """Return the exit code as soon as it ends, or None if it still runs after `timeout`."""
        return self._child.wait(timeout)

    def send_signal(self, number: int) -> None:
        """Send a signal to the command; nothing happens when it has ended."""
        self._child.signal(int(number))

    def pause(self) -> None:
        """Hold it and its process group where they are: connections stay open and unanswered.

        Raises `NotOnThisPlatform` on Windows.
        """
        self._child.pause()

    def resume(self) -> None:
        """Let it go on after `pause`; `stop` does that too."""
        self._child.resume()

    def stop(self, grace: float | None = None) -> int:
        """Return the exit code after a graceful end, or a forced one when `grace` has passed.

        Whatever the command started and left behind is killed too. Raises `StillRunning` when even
        that does not end it. May be called again, and gives the same answer.
        """
        allowed = self._launch.stop_grace if grace is None else grace
        self._child.stop(self._launch.stop_signal, allowed)
        return self._await_end(allowed + FORCE_SECONDS)

    def kill(self) -> int:
        """Return the exit code after killing it and all that it started."""
        self._child.kill()
        return self._await_end(FORCE_SECONDS)

    def _await_end(self, timeout: float) -> int:
        code = self._child.wait(timeout)
        if code is None:
            tail = self.log_tail()
            self._child.abandon()
            raise StillRunning(
                f"{self.name} (pid {self.pid}) did not end within {timeout:.0f} s, even killed.",
                command=self._launch.command,
                log_tail=tail,
                log_name=self._log_name,
            )
        return code

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def _log_name(self) -> str:
        return str(self._log) if self._log else ""

    def await_ready(self, ready: Readiness, timeout: float) -> None:
        """Return when it is ready. Raises `ExitedEarly` or `NotReady`, and leaves it as it is.

        `start_process` does this by itself with what it is given. For one who has to be able to end
        a process from another thread before it is ready: this then raises `ExitedEarly` at once.
        """
        begun = time.monotonic()
        while True:
            code = self.returncode  # before the probe: what it said last still counts
            pending = ready.pending(self)
            if pending is None:
                self._match = ready.match(self) if isinstance(ready, LineReady) else None
                return
            if code is not None:
                self._not_ready(ready, pending, code, timeout)
            waited = time.monotonic() - begun
            if waited >= timeout:
                self._not_ready(ready, pending, None, timeout)
            self._child.wait(min(max(waited / 50, SHORTEST_PAUSE), LONGEST_PAUSE))

    def _not_ready(
        self, ready: Readiness, pending: str, code: int | None, timeout: float
    ) -> NoReturn:
        kind = NotReady if code is None else ExitedEarly
        what = (
            f"was not ready within {timeout:g} s" if code is None else "ended before it was ready"
        )
        raise kind(
            f"{self.name} (pid {self.pid}) {what}.",
            command=self._launch.command,
            returncode=code,
            waiting_for=ready.what,
            last_status=pending,
            log_tail=self.log_tail(),
            log_name=self._log_name,
        )


def _open_log(log: Path | None) -> int:
    """A descriptor for writing at the end and reading anywhere."""
    if log is None:
        with tempfile.TemporaryFile() as unnamed:
            return os.dup(unnamed.fileno())
    log.parent.mkdir(parents=True, exist_ok=True)
    return os.open(log, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
