"""`Notifications`: the calls that wait for a decision, read from a seccomp listener.

Source: seccomp_unotify(2). Needs no ctypes: the structures are small and of one layout on both machines.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

__all__ = ["Call", "Notifications"]

_RECV, _SEND, _VALID, _ADDFD, _FLAGS = 0xC0502100, 0xC0182101, 0x40082102, 0x40182103, 0x40082104
_CONTINUE = 1
_REPLACE = 1  # SECCOMP_ADDFD_FLAG_SETFD
_SYNC_WAKE_UP = 1
_NOTIFICATION = struct.Struct("<QIIiIQ6Q")
_EMPTY = bytes(_NOTIFICATION.size)


class Call(NamedTuple):
    """A call that waits: `pid` is its thread's id."""

    id: int
    pid: int
    number: int
    arguments: tuple[int, ...]


class Notifications:
    """Reads calls and answers them. A caller that is gone meanwhile is no error, in any method."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._buffer = bytearray(_NOTIFICATION.size)
        # Since 6.6: caller and supervisor take turns on one processor, which is faster.
        with suppress(OSError):
            fcntl.ioctl(descriptor, _FLAGS, _SYNC_WAKE_UP)

    def next(self) -> Call | None:
        """Gives the next call; None when its caller was killed before it could be read."""
        self._buffer[:] = _EMPTY  # the kernel insists
        try:
            fcntl.ioctl(self.descriptor, _RECV, self._buffer)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):
                return None
            raise
        id_, pid, _flags, number, _arch, _ip, *arguments = _NOTIFICATION.unpack(self._buffer)
        return Call(id_, pid, number, tuple(arguments))

    def waits(self, call: Call) -> bool:
        """Whether the caller still waits; if not, what was read from its pid may be another's."""
        try:
            fcntl.ioctl(self.descriptor, _VALID, struct.pack("<Q", call.id))
        except OSError:
            return False
        return True

    def proceed(self, call: Call) -> None:
        """Lets the kernel carry the call out."""
        self._answer(struct.pack("<QqiI", call.id, 0, 0, _CONTINUE))

    def refuse(self, call: Call, code: int) -> None:
        """Lets the call fail with the error number `code`; with 0 it gives 0 and nothing happens."""
        self._answer(struct.pack("<QqiI", call.id, 0, -code, 0))

    def replace(self, call: Call, number: int, descriptor: int) -> bool:
        """Puts our `descriptor` in the place of the caller's `number`; False where that is refused."""
        given = _flags_of(call.pid, number)
        data = struct.pack("<QIIII", call.id, _REPLACE, descriptor, number, given & os.O_CLOEXEC)
        if given & os.O_NONBLOCK:
            os.set_blocking(descriptor, False)
        try:
            fcntl.ioctl(self.descriptor, _ADDFD, data)
        except OSError:
            return False
        return True

    def _answer(self, data: bytes) -> None:
        with suppress(OSError):
            fcntl.ioctl(self.descriptor, _SEND, data)


def _flags_of(pid: int, number: int) -> int:
    try:
        text = Path(f"/proc/{pid}/fdinfo/{number}").read_text(encoding="ascii")
    except OSError:
        return os.O_CLOEXEC
    return int(text.partition("flags:")[2].split()[0], 8)
