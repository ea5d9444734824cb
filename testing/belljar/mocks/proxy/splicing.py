"""`Pipe`: moves much data from one socket to another inside the kernel, where it can (Linux).

Elsewhere `available` is False, and data goes through a buffer.
"""

from __future__ import annotations

import os
import socket
import sys

__all__ = ["Pipe", "available"]

_SIZE = 1 << 20
# The kernel's number for what Python calls fcntl.F_SETPIPE_SZ, on Linux only.
_F_SETPIPE_SZ = 1031
# How many pipes are kept for the next bulk transfer; more are closed.
_KEPT = 8

available = sys.platform == "linux" and hasattr(os, "splice")


class Pipe:
    """A pipe of the kernel's, in which data waits between two sockets; `filled` is how much."""

    _kept: list[Pipe] = []  # noqa: RUF012  one stock for the process

    def __init__(self) -> None:
        self.filled = 0
        self._out, self._in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            import fcntl

            fcntl.fcntl(self._in, _F_SETPIPE_SZ, _SIZE)
        except OSError:
            pass  # a user may have only so many large ones; a small one works

    @classmethod
    def take(cls) -> Pipe | None:
        """Return an empty pipe, or None where the process has no descriptors left."""
        try:
            return cls._kept.pop() if cls._kept else cls()
        except OSError:
            return None

    def give_back(self) -> None:
        """Keep it for another link, or close it: when data is left in it, or there are enough."""
        if self.filled or len(self._kept) >= _KEPT:
            os.close(self._in)
            os.close(self._out)
        else:
            self._kept.append(self)

    @classmethod
    def close_kept(cls) -> None:
        """Close those that wait for use."""
        while cls._kept:
            pipe = cls._kept.pop()
            os.close(pipe._in)
            os.close(pipe._out)

    def fill(self, source: socket.socket) -> int:
        """Take what has come, and return how much; 0 at its end. Raises as `recv` does."""
        moved = os.splice(source.fileno(), self._in, _SIZE, flags=os.SPLICE_F_NONBLOCK)
        self.filled += moved
        return moved

    def drain(self, sink: socket.socket) -> None:
        """Pass on as much as the sink takes. Raises as `send` does, but not for a full sink."""
        while self.filled:
            try:
                moved = os.splice(self._out, sink.fileno(), self.filled, flags=os.SPLICE_F_NONBLOCK)
            except BlockingIOError:
                return
            self.filled -= moved
