"""The keeper: a small process between a test and one child, so that the child never outlives it.

Run as a script by `_posix.py`, on its own interpreter (`python -I -S`), never imported by tests.
It starts the command in a session of its own, then waits for one of three things: the command
ends, the test says stop, or the test is gone (for whatever reason: SIGKILL, a crash, the OOM
killer). In each case it leaves nothing behind of the command and of what that started.

Why a process and not `preexec_fn` with PR_SET_PDEATHSIG alone: that signal fires when the *thread*
that forked ends, it does not reach grandchildren, it gives a server no chance to stop cleanly, and
running Python between fork and exec is unsafe once the test has threads. The keeper has one thread,
adopts orphaned grandchildren (PR_SET_CHILD_SUBREAPER), and sets the signal too, in case that
somebody kills the keeper itself.

It imports as little as it can: its start is part of every start.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # builtin; `signal` would cost 6 ms for its enums
import os
import select
import sys
import time

TYPE_CHECKING = False  # as type checkers understand it, without importing `typing`
if TYPE_CHECKING:
    from collections.abc import Callable

assert sys.platform != "win32", "a job object does this on Windows"

LINUX = sys.platform == "linux"
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SIGKILL = 9
SIGTERM = 15
# What the command left behind in sessions of its own is asked to end, then killed: it may be a
# keeper, whose own command deserves its graceful end. And a process in uninterruptible sleep must
# not keep this one for ever.
ASK_SECONDS = 2.0
SWEEP_SECONDS = 5.0


class Spec:
    """What the keeper was asked for: `key=value` arguments, then `--`, then the command."""

    def __init__(self, arguments: list[str]) -> None:
        split = arguments.index("--")
        pairs = [argument.split("=", 1) for argument in arguments[:split]]
        options = {key: value for key, value in pairs if key != "remove"}
        self.command = arguments[split + 1 :]
        self.parent = int(options["parent"])
        self.control_fd = int(options["control"])
        self.status_fd = int(options["status"])
        self.stop_signal = int(options["stop_signal"])
        self.orphan_grace = float(options["orphan_grace"])
        self.keep_fds = [int(fd) for fd in options["fds"].split(",") if fd]
        self.map_to = options.get("map_to", "")  # "uid:gid" as seen inside the user namespace
        self.run_as = options.get("run_as", "")  # "uid:gid" to become for good
        self.remove = [value for key, value in pairs if key == "remove"]


def libc_call(name: str, *arguments: int) -> None:
    import ctypes

    # Longs, because prctl is variadic and its unused arguments have to be zeros of full width.
    longs = [ctypes.c_long(argument) for argument in arguments]
    if getattr(ctypes.CDLL(None, use_errno=True), name)(*longs) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def write_file(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def enter_user_namespace(map_to: str) -> None:
    """Make this user look like another one, which needs no privilege and no chown."""
    uid, gid = map_to.split(":")
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    libc_call("unshare", CLONE_NEWUSER)
    write_file("/proc/self/setgroups", "deny")
    write_file("/proc/self/uid_map", f"{uid} {outer_uid} 1")
    write_file("/proc/self/gid_map", f"{gid} {outer_gid} 1")


def become(run_as: str) -> None:
    uid, gid = run_as.split(":")
    os.setgroups([])
    os.setgid(int(gid))
    os.setuid(int(uid))


def exec_command(spec: Spec, keeper: int, failure_fd: int) -> None:
    """Turn this freshly forked process into the command; on failure say at which step."""
    step = "start"
    try:
        os.setsid()
        if spec.map_to:
            step = "namespace"
            enter_user_namespace(spec.map_to)
        if spec.run_as:
            step = "user"
            become(spec.run_as)
        step = "start"
        if LINUX:  # after the change of user, which would clear it
            libc_call("prctl", PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
            if os.getppid() != keeper:
                os._exit(1)
        # What Python and the keeper ignore or catch must not leak into the command.
        for number in (_signal.SIGPIPE, _signal.SIGHUP, _signal.SIGINT, _signal.SIGTERM):
            _signal.signal(number, _signal.SIG_DFL)
        for fd in spec.keep_fds:
            os.set_inheritable(fd, True)
        step = "exec"
        os.execvp(spec.command[0], spec.command)
    except OSError as error:
        os.write(failure_fd, f"{step} {error.errno}".encode())
    os._exit(127)


def launch(spec: Spec) -> int:
    """Start the command; report its pid, or the step that failed and its errno."""
    read_fd, write_fd = os.pipe()  # closed by exec: an empty read means that it worked
    keeper = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(read_fd)
        exec_command(spec, keeper, write_fd)
    os.close(write_fd)
    failure = os.read(read_fd, 100)
    os.close(read_fd)
    if failure:
        os.waitpid(pid, 0)
        try:
            os.write(spec.status_fd, b"error " + failure + b"\n")
        except BrokenPipeError:
            remove_folders(spec)  # nobody is left to try another way
        sys.exit(1)
    os.write(spec.status_fd, f"pid {pid}\n".encode())
    return pid


def children() -> list[int]:
    """The direct children of the keeper: adopted orphans, on Linux."""
    me = os.getpid()
    found = []
    # Not pathlib, which would double the start of this process.
    for entry in os.listdir("/proc") if LINUX else []:  # noqa: PTH208 (as said)
        if entry.isdigit():
            try:
                fd = os.open(f"/proc/{entry}/stat", os.O_RDONLY)
            except OSError:
                continue  # it ended meanwhile
            try:
                fields = os.read(fd, 1000).rpartition(b")")[2].split()
            except OSError:
                fields = []
            finally:
                os.close(fd)
            if len(fields) > 1 and int(fields[1]) == me:
                found.append(int(entry))
    return found


def kill_quietly(kill: Callable[[int, int], None], pid: int, number: int) -> None:
    try:  # noqa: SIM105 (contextlib is too dear an import here)
        kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # it is gone, or (macOS) it is a zombie


def remove_folders(spec: Spec) -> None:
    """Delete what the test would have deleted, had it not been killed."""
    if spec.remove:
        import shutil  # dear, and seldom needed

        for path in spec.remove:
            shutil.rmtree(path, ignore_errors=True)


class Keeper:
    """Watches one command until it and everything that it started are gone."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.orphaned = False
        self.deadline: float | None = None
        self.poll = select.poll()
        self.poll.register(spec.control_fd, select.POLLIN)
        self.parent_fd = self._watch_parent()
        self.wake_fd = self._watch_children()
        self.pid = launch(spec)
        for fd in spec.keep_fds:  # a listening socket must close when the command does
            os.close(fd)

    def _watch_parent(self) -> int:
        """A descriptor that becomes readable when the test's process (not thread) ends, or -1."""
        fd = -1  # then the control pipe's end of file is the only sign
        if sys.platform == "linux":
            try:
                fd = os.pidfd_open(self.spec.parent)
            except (AttributeError, OSError):
                fd = -1  # an old kernel, or a parent already gone
        if fd >= 0:
            self.poll.register(fd, select.POLLIN)
        if os.getppid() != self.spec.parent:
            remove_folders(self.spec)
            sys.exit(1)
        return fd

    def _watch_children(self) -> int:
        read_fd, write_fd = os.pipe()
        os.set_blocking(read_fd, False)
        os.set_blocking(write_fd, False)
        _signal.set_wakeup_fd(write_fd)
        _signal.signal(_signal.SIGCHLD, lambda *_: None)
        self.poll.register(read_fd, select.POLLIN)
        self.wake = select.poll()
        self.wake.register(read_fd, select.POLLIN)
        return read_fd

    def run(self) -> None:
        """Return when the command has ended and its status is reported."""
        status = self._wait_for_end()
        self._sweep()
        if self.orphaned:
            remove_folders(self.spec)
        try:  # noqa: SIM105 (contextlib is too dear an import here)
            os.write(self.spec.status_fd, f"exit {status}\n".encode())
        except BrokenPipeError:
            pass  # nobody is left to be told

    def _wait_for_end(self) -> int:
        while True:
            status = self._reap()
            if status is not None:
                return status
            timeout = None
            if self.deadline is not None:
                timeout = max(0.0, (self.deadline - time.monotonic()) * 1000)
            ready = [fd for fd, _ in self.poll.poll(timeout)]
            if self.wake_fd in ready:
                os.read(self.wake_fd, 1000)
            if self.spec.control_fd in ready:
                self._obey()
            if self.parent_fd in ready:
                self._parent_is_gone(self.parent_fd)
            if self.deadline is not None and time.monotonic() >= self.deadline:
                self._kill_all()
                self.deadline = None

    def _reap(self) -> int | None:
        """The command's exit code (a signal's number negated) once it ended."""
        if hasattr(os, "waitid"):  # look first: its process group is ours until it is reaped
            flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
            if os.waitid(os.P_PID, self.pid, flags) is None:
                self._reap_adopted()
                return None
            kill_quietly(os.killpg, self.pid, SIGKILL)
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid == 0:
            return None
        kill_quietly(os.killpg, self.pid, SIGKILL)
        return os.waitstatus_to_exitcode(status)

    def _reap_adopted(self) -> None:
        for pid in children():
            if pid != self.pid:
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    continue  # not ours after all: a pid used again

    def _obey(self) -> None:
        text = os.read(self.spec.control_fd, 1000).decode()
        if not text:
            self._parent_is_gone(self.spec.control_fd)
        for line in text.splitlines():
            verb, *arguments = line.split()
            if verb == "kill":
                self._kill_all()
            elif verb == "group":
                kill_quietly(os.killpg, self.pid, int(arguments[0]))
            else:
                kill_quietly(os.kill, self.pid, int(arguments[0]))
                if verb == "stop":
                    self._wake_up()
                    self.deadline = time.monotonic() + float(arguments[1])

    def _parent_is_gone(self, fd: int) -> None:
        self.poll.unregister(fd)
        if not self.orphaned:
            self.orphaned = True
            kill_quietly(os.kill, self.pid, self.spec.stop_signal)
            self._wake_up()
            self.deadline = time.monotonic() + self.spec.orphan_grace

    def _wake_up(self) -> None:
        """Let a paused command go on: held, it could not hear that it is to end."""
        kill_quietly(os.killpg, self.pid, _signal.SIGCONT)

    def _kill_all(self) -> None:
        kill_quietly(os.killpg, self.pid, SIGKILL)
        kill_quietly(os.kill, self.pid, SIGKILL)

    def _sweep(self) -> None:
        """Kill what the command left behind, in other sessions too, until nothing is left."""
        begun = time.monotonic()
        asked = set()
        while time.monotonic() < begun + SWEEP_SECONDS:
            try:
                if os.waitpid(-1, os.WNOHANG)[0]:
                    continue
            except ChildProcessError:
                return
            late = time.monotonic() > begun + ASK_SECONDS
            for pid in children():
                if late or pid not in asked:
                    kill_quietly(os.kill, pid, SIGKILL if late else SIGTERM)
                    asked.add(pid)
            self.wake.poll(20)
            try:
                os.read(self.wake_fd, 1000)
            except BlockingIOError:
                continue


def main() -> None:
    """Start the command that the arguments name and keep it."""
    spec = Spec(sys.argv[1:])
    for fd in (spec.control_fd, spec.status_fd, *spec.keep_fds):
        os.set_inheritable(fd, False)
    for number in (_signal.SIGHUP, _signal.SIGINT, _signal.SIGTERM):
        _signal.signal(number, _signal.SIG_IGN)
    if LINUX:
        libc_call("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    Keeper(spec).run()
    os._exit(0)  # nothing to tear down, and the test waits for this


if __name__ == "__main__":
    main()
