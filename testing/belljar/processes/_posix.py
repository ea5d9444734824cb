"""Children on Linux and macOS: each under a keeper process, which ends it when the test is gone.

`_keeper.py` says why. Between the two run two pipes: commands to the keeper (its end of file means
that the test is gone) and reports from it (`pid N`, `exit N`, or `error STEP ERRNO`).
"""

from __future__ import annotations

import errno
import os
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from belljar.processes._backend import Launch
from belljar.processes.errors import CommandNotStarted, UserNamespaceRefused

__all__ = ["PosixChild"]

assert sys.platform != "win32", "imported on Linux and macOS only"

KEEPER = Path(__file__).with_name("_keeper.py")
# An unprivileged identity inside the namespace; any but 0 does, nobody outside ever sees it.
MAPPED_USER = "1000:1000"
# From spawning the keeper to the pid of the command: milliseconds, unless the machine swaps.
START_SECONDS = 60.0
SLICE_SECONDS = 0.5


class PosixChild:
    """One command with its keeper."""

    def __init__(self, launch: Launch) -> None:
        self._lock = threading.RLock()
        self._returncode: int | None = None
        self._reports = b""
        control_read, self._control = os.pipe()
        self._status, status_write = os.pipe()
        try:
            self._keeper = subprocess.Popen(
                _keeper_command(launch, control_read, status_write),
                env=launch.env,
                cwd=launch.cwd,
                stdin=subprocess.DEVNULL,
                stdout=launch.output_fd,
                stderr=launch.output_fd,
                pass_fds=(control_read, status_write, *launch.pass_fds),
                start_new_session=True,
            )
        except OSError as error:
            self._close()
            raise _not_started(launch, "keeper", error.errno or 0) from None
        finally:
            os.close(control_read)
            os.close(status_write)
        self.pid = self._await_pid(launch)

    def _await_pid(self, launch: Launch) -> int:
        until = time.monotonic() + START_SECONDS
        while b"\n" not in self._reports and time.monotonic() < until:
            if not self._read_reports(until - time.monotonic()) and self._keeper.poll() is not None:
                break
        verb, *rest = self._reports.split(b"\n", 1)[0].decode().split() or ["error"]
        if verb == "pid":
            return int(rest[0])
        self._keeper.kill()
        self._keeper.wait()
        self._close()
        step, code = (rest[0], int(rest[1])) if len(rest) == 2 else ("keeper", 0)
        raise _not_started(launch, step, code)

    def wait(self, timeout: float | None) -> int | None:
        """Return the exit code, or None if the command still runs after `timeout` seconds."""
        until = None if timeout is None else time.monotonic() + timeout
        while self._returncode is None:
            left = SLICE_SECONDS if until is None else max(0.0, until - time.monotonic())
            if not self._read_reports(left) and left == 0.0:
                break
        return self._returncode

    def _read_reports(self, timeout: float) -> bool:
        """Take in what the keeper reported; False when nothing came in that time."""
        poll = select.poll()
        poll.register(self._status, select.POLLIN)
        # In slices and without the lock: another thread may stop the child (and close the pipe)
        # while this one waits.
        if not poll.poll(max(0.0, min(timeout, SLICE_SECONDS)) * 1000):
            return False
        with self._lock:
            if self._returncode is not None:
                return False
            chunk = os.read(self._status, 1000)
            self._reports += chunk
            for line in self._reports.decode().splitlines():
                if line.startswith("exit "):
                    self._finish(int(line.split()[1]))
            if not chunk and self._returncode is None and b"\n" in self._reports:
                # The keeper was killed before it could report; with it (PDEATHSIG) the command.
                self._finish(-9)
            return bool(chunk)

    def _finish(self, returncode: int) -> None:
        self._keeper.wait()
        self._returncode = returncode
        self._close()

    def _close(self) -> None:
        os.close(self._control)
        os.close(self._status)

    def _tell(self, text: str) -> None:
        with self._lock:
            if self._returncode is None:
                try:
                    os.write(self._control, f"{text}\n".encode())
                except BrokenPipeError:
                    return  # it has just ended by itself: wait() finds out

    def signal(self, number: int) -> None:
        """Send a signal to the command."""
        self._tell(f"signal {number}")

    def pause(self) -> None:
        """Stop the command's process group, as a terminal's Ctrl-Z would."""
        self._tell(f"group {int(signal.SIGSTOP)}")

    def resume(self) -> None:
        """Let the group go on."""
        self._tell(f"group {int(signal.SIGCONT)}")

    def stop(self, number: int, grace: float) -> None:
        """Ask for an end within `grace` seconds, after which all is killed."""
        self._tell(f"stop {number} {grace}")

    def kill(self) -> None:
        """Kill the command and all that it started."""
        self._tell("kill")

    def abandon(self) -> None:
        """Kill the keeper too and let go."""
        with self._lock:
            if self._returncode is None:
                self._keeper.kill()
                self._finish(-9)


def _keeper_command(launch: Launch, control: int, status: int) -> list[str]:
    options = {
        "parent": os.getpid(),
        "control": control,
        "status": status,
        "stop_signal": launch.stop_signal,
        "orphan_grace": launch.orphan_grace,
        "fds": ",".join(map(str, launch.pass_fds)),
    }
    if launch.user_namespace:
        options["map_to"] = MAPPED_USER
    if launch.run_as is not None:
        options["run_as"] = "{}:{}".format(*launch.run_as)
    removals = [f"remove={path}" for path in launch.remove_if_orphaned]
    return [
        sys.executable,
        "-I",
        "-S",
        str(KEEPER),
        *(f"{key}={value}" for key, value in options.items()),
        *removals,
        "--",
        *launch.command,
    ]


def _not_started(launch: Launch, step: str, code: int) -> CommandNotStarted:
    reason = os.strerror(code) if code else "it ended at once"
    if step == "namespace":
        return UserNamespaceRefused(
            f"{launch.name} was not started: no user namespace for it ({reason}).",
            command=launch.command,
            fix="allow user namespaces (sysctl user.max_user_namespaces), "
            "or run as a user other than root",
        )
    if step == "user":
        return CommandNotStarted(
            f"{launch.name} was not started: it could not become user {launch.run_as} ({reason}).",
            command=launch.command,
        )
    fix = ""
    if launch.cwd is not None and not launch.cwd.is_dir():
        fix = f"its working folder {launch.cwd} does not exist"
    elif step == "keeper":  # the command has not been tried yet, so nothing is wrong with it
        return CommandNotStarted(
            f"{launch.name} was not started: its keeper process did not run: "
            f"{reason}: {sys.executable}",
            command=launch.command,
        )
    elif code == errno.ENOENT and Path(launch.command[0]).is_file():
        fix = "the interpreter that its first line names (or its loader) is not there: install that"
    elif code == errno.ENOENT or (code == errno.EACCES and "/" not in launch.command[0]):
        # The latter when a folder on PATH may not be read.
        fix = "give the full path of the program, or put its folder on PATH"
    elif code == errno.EACCES and Path(launch.command[0]).is_dir():
        fix = f"{launch.command[0]} is a folder: name the program in it"
    elif code == errno.EACCES:
        fix = f"make {launch.command[0]} executable (chmod +x)"
    return CommandNotStarted(
        f"{launch.name} was not started: {reason}: {launch.command[0]}",
        command=launch.command,
        fix=fix,
    )
