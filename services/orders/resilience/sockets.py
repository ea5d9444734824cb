"""`BoundedSocket`: a socket whose waits end with the deadline of the work at hand.

A timeout of the usual kind is for one `recv`; a server that sends a byte each second never meets
it. Here each wait gets what is left of the deadline, so an answer takes no longer, however it comes.
"""

from __future__ import annotations

import math
import socket
from typing import TYPE_CHECKING

from services.orders.resilience.deadlines import left

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class BoundedSocket(socket.socket):
    """A connected socket; raises `DeadlinePassed`, a `TimeoutError`, when the time is up."""

    _asked: float | None = None

    @classmethod
    def of(cls, plain: socket.socket) -> BoundedSocket:
        """The same connection; `plain` must not be used any more."""
        timeout = plain.gettimeout()
        bounded = cls(plain.family, plain.type, plain.proto, plain.detach())
        bounded.settimeout(timeout)
        return bounded

    def settimeout(self, value: float | None) -> None:
        """Wait at most so long, and no longer than the deadline."""
        self._asked = value
        super().settimeout(value)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As of any socket."""
        self._bound()
        return super().recv(bufsize, flags)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """As of any socket; what is read from `makefile` comes this way."""
        self._bound()
        return super().recv_into(buffer, nbytes, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0) -> None:
        """As of any socket."""
        self._bound()
        super().sendall(data, flags)

    def _bound(self) -> None:
        seconds = left(math.inf if self._asked is None else self._asked)
        super().settimeout(None if seconds == math.inf else seconds)
