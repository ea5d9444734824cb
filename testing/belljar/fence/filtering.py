"""`install`: the seccomp filter that asks the supervisor about every way out of a process.

It is the process's own and its descendants', whatever they execute and in whatever environment. What a
filter can decide by itself is decided there: a `sendto` without an address goes on a connection that was
judged already, so `send` costs nothing. Sources: seccomp(2), seccomp_unotify(2), Linux 5.9 or later.
"""

from __future__ import annotations

import errno
import os
import struct
import sys
from typing import Final

from belljar.fence.errors import FenceUnavailable

__all__ = ["Calls", "calls_of", "install", "program", "unavailable"]

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _GET_ACTION_AVAIL = 1, 2
_NEW_LISTENER, _WAIT_KILLABLE = 1 << 3, 1 << 5
_ALLOW, _NOTIFY, _ERRNO = 0x7FFF0000, 0x7FC00000, 0x00050000

# Opcodes of classic BPF: load a word, jump if equal, jump if greater or equal, return.
_LD, _JEQ, _JGE, _RET = 0x20, 0x15, 0x35, 0x06
# Places in struct seccomp_data; both machines are little endian.
_NR, _ARCH, _ARG4_LOW, _ARG4_HIGH = 0, 4, 48, 52
_X32 = 0x40000000


class Calls:
    """Numbers of the system calls of one machine."""

    def __init__(
        self, audit: int, connect: int, sendto: int, sendmsg: int, sendmmsg: int, seccomp: int
    ) -> None:
        self.audit = audit
        self.connect = connect
        self.sendto = sendto
        self.sendmsg = sendmsg
        self.sendmmsg = sendmmsg
        self.seccomp = seccomp


_IO_URING_SETUP, _PIDFD_GETFD = 425, 438  # the same everywhere
_MACHINES: Final = {
    "x86_64": Calls(0xC000003E, 42, 44, 46, 307, 317),
    "aarch64": Calls(0xC00000B7, 203, 206, 211, 269, 277),
}


def calls_of(machine: str) -> Calls:
    """Gives the numbers for `machine`; raises `FenceUnavailable` for one that is not known."""
    calls = _MACHINES.get(machine)
    if calls is None:
        known = ", ".join(sorted(_MACHINES))
        raise FenceUnavailable(f"no filter for {machine} processors, only for {known}")
    return calls


def program(machine: str) -> bytes:
    """Gives the filter as the kernel takes it: `struct sock_filter[]`.

    Calls of another ABI of the same kernel (32-bit programs) are let through.
    """
    calls = calls_of(machine)
    asked = (calls.connect, calls.sendmsg, calls.sendmmsg)
    # A step is an opcode, an operand, and where to go when true or false: a label, or the next one.
    steps: list[tuple[str, int, int, str, str]] = [
        ("", _LD, _ARCH, "", ""),
        ("", _JEQ, calls.audit, "", "allow"),
        ("", _LD, _NR, "", ""),
    ]
    if machine == "x86_64":
        steps.append(("", _JGE, _X32, "nosys", ""))  # the same calls under other numbers
    steps += [("", _JEQ, number, "notify", "") for number in asked]
    steps += [
        # Its requests would pass by the filter.
        ("", _JEQ, _IO_URING_SETUP, "nosys", ""),
        ("", _JEQ, calls.sendto, "", "allow"),
        ("", _LD, _ARG4_LOW, "", ""),
        ("", _JEQ, 0, "", "notify"),
        ("", _LD, _ARG4_HIGH, "", ""),
        ("", _JEQ, 0, "allow", "notify"),
        ("allow", _RET, _ALLOW, "", ""),
        ("notify", _RET, _NOTIFY, "", ""),
        ("nosys", _RET, _ERRNO | errno.ENOSYS, "", ""),
    ]
    places = {label: place for place, (label, *_) in enumerate(steps) if label}
    code = b""
    for here, (_, opcode, operand, true, false) in enumerate(steps):
        jumps = [places[label] - here - 1 if label else 0 for label in (true, false)]
        code += struct.pack("<HBBI", opcode, *jumps, operand)
    return code


def unavailable() -> str:
    """Gives why the filter can't be had here, a phrase for the seal; "" if nothing is known against it."""
    if not sys.platform.startswith("linux"):
        return f"{sys.platform} has no filter for it"
    import ctypes

    try:
        calls = calls_of(os.uname().machine)
    except FenceUnavailable as reason:
        return str(reason)
    libc = ctypes.CDLL(None, use_errno=True)
    action = ctypes.c_uint32(_NOTIFY)
    if libc.syscall(calls.seccomp, _GET_ACTION_AVAIL, 0, ctypes.byref(action)) != 0:
        return f"the kernel has no seccomp notifications ({os.strerror(ctypes.get_errno())})"
    return ""


def install() -> int:
    """Gives the listener's descriptor, after putting this thread behind the filter for good.

    From here on each call that the filter asks about waits for whoever reads from the listener.
    Raises `FenceUnavailable`; then nothing is filtered.
    """
    if problem := unavailable():
        raise FenceUnavailable(problem)
    import ctypes

    machine = os.uname().machine
    code = program(machine)
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog, with the padding of 64-bit machines
    described = ctypes.create_string_buffer(
        struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    )
    zero = ctypes.c_ulong(0)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) != 0:
        raise FenceUnavailable(f"no_new_privs is refused ({os.strerror(ctypes.get_errno())})")
    number = calls_of(machine).seccomp
    # With the second flag (Linux 5.19) a signal does not make a call that is being judged start
    # again: programs with timers would never get through.
    for flags in (_NEW_LISTENER | _WAIT_KILLABLE, _NEW_LISTENER):
        listener = libc.syscall(number, _SET_MODE_FILTER, flags, described)
        if listener >= 0:
            os.set_inheritable(listener, False)
            return int(listener)
        code_seen = ctypes.get_errno()
        if code_seen != errno.EINVAL:
            break
    if code_seen == errno.EBUSY:
        raise FenceUnavailable("another program's seccomp listener is in charge")
    raise FenceUnavailable(f"the kernel refuses the filter ({os.strerror(code_seen)})")


def taken_descriptor(pid: int, number: int) -> int:
    """Gives a descriptor of our own for descriptor `number` of process `pid`; raises `OSError`."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(pid)
    try:
        taken = libc.syscall(_PIDFD_GETFD, process, number, 0)
    finally:
        os.close(process)
    if taken < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(taken)
