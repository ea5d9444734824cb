"""Children on Windows: each in a job object that the system ends together with this process.

A job's last handle is ours alone; when this process ends, for whatever reason, the system closes
it and kills all that is in the job, grandchildren included. So no keeper is needed; nor is there a
graceful end for orphans. Console programs are asked to end by CTRL_BREAK, the only event that can
be sent to one group.

This file was checked by types, never run: there was no Windows to run it on.
"""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import threading
from ctypes import wintypes

from belljar.processes._backend import Launch
from belljar.processes.errors import CommandNotStarted, NotOnThisPlatform

__all__ = ["WindowsChild"]

assert sys.platform == "win32", "imported on Windows only"

JOB_OBJECT_EXTENDED_LIMIT_INFORMATION = 9
JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE = 0x2000


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
        ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
        ("LimitFlags", wintypes.DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", wintypes.DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", wintypes.DWORD),
        ("SchedulingClass", wintypes.DWORD),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_ulonglong * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class WindowsChild:
    """One command in a job of its own."""

    def __init__(self, launch: Launch) -> None:
        if launch.pass_fds or launch.user_namespace or launch.run_as:
            raise CommandNotStarted(
                f"{launch.name} was not started: pass_fds, user_namespace and run_as "
                "do not exist on Windows.",
                command=launch.command,
            )
        self._kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        for function in ("CreateJobObjectW", "OpenProcess"):
            getattr(self._kernel, function).restype = wintypes.HANDLE
        self._job = wintypes.HANDLE(self._kernel.CreateJobObjectW(None, None))
        limits = _ExtendedLimits()
        limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
        self._kernel.SetInformationJobObject(
            self._job,
            JOB_OBJECT_EXTENDED_LIMIT_INFORMATION,
            ctypes.byref(limits),
            ctypes.sizeof(limits),
        )
        try:
            self._process = subprocess.Popen(
                launch.command,
                env=launch.env,
                cwd=launch.cwd,
                stdin=subprocess.DEVNULL,
                stdout=launch.output_fd,
                stderr=launch.output_fd,
                creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
            )
        except OSError as error:
            self._kernel.CloseHandle(self._job)
            raise CommandNotStarted(
                f"{launch.name} was not started: {error.strerror}: {launch.command[0]}",
                command=launch.command,
            ) from None
        self._assign()

    def _assign(self) -> None:
        """Put the process into the job; what it starts from now on is born in it."""
        terminate_and_set_quota = 0x0001 | 0x0100
        handle = wintypes.HANDLE(
            self._kernel.OpenProcess(terminate_and_set_quota, False, self._process.pid)
        )
        self._kernel.AssignProcessToJobObject(self._job, handle)
        self._kernel.CloseHandle(handle)

    @property
    def pid(self) -> int:
        """Process id of the command."""
        return self._process.pid

    def wait(self, timeout: float | None) -> int | None:
        """Return the exit code, or None if the command still runs after `timeout` seconds."""
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self.kill()  # what it left behind
        return code

    def signal(self, number: int) -> None:
        """Send CTRL_BREAK; other signals do not exist here."""
        if self._process.poll() is None:
            self._process.send_signal(signal.CTRL_BREAK_EVENT)

    def pause(self) -> None:
        """Raise: a process can't be held here."""
        raise NotOnThisPlatform("Windows can't pause a process; skip this test there.")

    def resume(self) -> None:
        """Do nothing: nothing is ever paused."""

    def stop(self, number: int, grace: float) -> None:
        """Ask for an end within `grace` seconds, after which the job is killed."""
        self.signal(number)
        timer = threading.Timer(grace, self.kill)
        timer.daemon = True
        timer.start()

    def kill(self) -> None:
        """Kill all that is in the job."""
        self._kernel.TerminateJobObject(self._job, 1)

    def abandon(self) -> None:
        """Close the job, which kills what is left in it."""
        self._kernel.CloseHandle(self._job)
