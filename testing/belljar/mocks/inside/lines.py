"""`LINES`: addresses that are answered in this process, and the connections to them, made in memory.

port = LINES.claim(accept)          # accept(socket, broken): the server's end, and how it breaks
client_end = LINES.open((HOST, port))
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
import threading
from collections.abc import Callable
from typing import Any

__all__ = ["HOST", "LINES", "InsideSocket", "Lines"]

# Of loopback, so that a client which is not carried finds nobody there; no server listens on it.
HOST = "127.66.74.1"

Break = Callable[[], None]
Accept = Callable[[socket.socket, Break], None]


class InsideSocket(socket.socket):
    """A client's end: a socket of a pair that passes for one of TCP, and can be broken off like one."""

    peer: tuple[str, int] = (HOST, 0)
    was_reset = False

    def setsockopt(self, *args: Any) -> None:
        """Set an option; those of TCP mean nothing here."""
        if args[0] != socket.IPPROTO_TCP:
            super().setsockopt(*args)

    def getpeername(self) -> tuple[str, int]:
        """Give the address that was asked for."""
        return self.peer

    def recv(self, *args: Any) -> bytes:
        """Read; raise what a connection that was reset raises."""
        data = super().recv(*args)
        return data if data else self._end(data)

    def recv_into(self, *args: Any) -> int:
        """Read; raise what a connection that was reset raises."""
        count = super().recv_into(*args)
        return count if count else self._end(count)

    def _end(self, nothing: Any) -> Any:
        if self.was_reset:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        return nothing

    def break_off(self) -> None:
        """Let what is read after all that was sent be the error, and not the end."""
        self.was_reset = True


class Lines:
    """Who answers at which port of `HOST`."""

    def __init__(self) -> None:
        self._accepting: dict[int, Accept] = {}
        self._ports = itertools.count(1)
        self._lock = threading.Lock()

    def claim(self, accept: Accept) -> int:
        """Return a port whose connections go to `accept`, which returns when it has taken one."""
        with self._lock:
            port = next(self._ports)
            self._accepting[port] = accept
        return port

    def release(self, port: int) -> None:
        """Answer no more there: connections are refused."""
        with self._lock:
            self._accepting.pop(port, None)

    def has(self, address: object) -> bool:
        """Tell whether an address is of this process."""
        return isinstance(address, tuple) and len(address) >= 2 and address[0] == HOST

    def open(self, address: tuple[Any, ...]) -> InsideSocket:
        """Return the client's end of a new connection. Raises `ConnectionRefusedError`."""
        accept = self._accepting.get(int(address[1]))
        if accept is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        one, other = socket.socketpair()
        ours = InsideSocket(one.family, one.type, one.proto, fileno=one.detach())
        ours.peer = (HOST, int(address[1]))
        try:
            accept(other, ours.break_off)
        except BaseException:
            ours.close()
            other.close()
            raise
        return ours


LINES = Lines()
