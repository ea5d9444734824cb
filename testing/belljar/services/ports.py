"""`TcpPort`, `UnixPort`: addresses that are a service's own from before its start until the graph's end.

A second socket stays bound to the port and never listens. So nobody else is given the port, those
who connect while the service is down are refused, and each start of the service finds it free: it
gets another socket bound to the same port, or binds the number itself, which works because both
sides have SO_REUSEADDR. No port is ever looked up and hoped for.
"""

from __future__ import annotations

import itertools
import socket
import sys
from contextlib import suppress
from pathlib import Path

from belljar.processes import MAX_SOCKET_PATH, Readiness, TcpReady, UnixReady
from belljar.services.errors import NotOnThisSystem
from belljar.services.references import Delivery

__all__ = ["HOST", "Port", "TcpPort", "UnixPort", "make_port"]

HOST = "127.0.0.1"
# Names of sockets whose own would be too long.
_numbers = itertools.count()


class TcpPort:
    """A TCP port of 127.0.0.1; `number` is 0 until a server has reported its own."""

    def __init__(self, scheme: str, delivery: Delivery) -> None:
        self.scheme = scheme
        self.delivery = delivery
        self._reservation = None if delivery == "report" else _bound(0)
        self.number = self._reservation.getsockname()[1] if self._reservation else 0

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{HOST}:{self.number}"

    @property
    def url(self) -> str:
        """The address as a URL of the port's scheme."""
        return f"{self.scheme}://{self.address}"

    @property
    def ready(self) -> Readiness:
        """Ready when it accepts a connection."""
        return TcpReady(HOST, self.number)

    def before_start(self) -> socket.socket | None:
        """Return the socket to pass on, to be closed by the caller once the process has it."""
        if self.delivery == "fd":
            return _bound(self.number)
        if self.delivery == "number" and sys.platform == "darwin" and self._reservation:
            # There a port that anybody has bound can't be bound again without SO_REUSEPORT, which
            # servers seldom set. It is free for the moment that the server takes to bind it.
            self._reservation.close()
            self._reservation = None
        return None

    def after_end(self) -> None:
        """Take back what the process had."""
        if self.delivery == "number" and self._reservation is None:
            with suppress(OSError):  # somebody was quicker: the next start says so
                self._reservation = _bound(self.number)

    def close(self) -> None:
        """Give the port up."""
        if self._reservation:
            self._reservation.close()


class UnixPort:
    """A Unix socket at `path`, in a folder of ours."""

    scheme = "unix"
    number = 0

    def __init__(self, path: Path, delivery: Delivery) -> None:
        if sys.platform == "win32":
            raise NotOnThisSystem(
                f"Python has no Unix sockets on Windows, as port {path.name} wants",
                fix="give the port another scheme there, such as http or tcp",
            )
        self.path = path
        self.delivery = delivery

    @property
    def address(self) -> str:
        """The path."""
        return str(self.path)

    @property
    def url(self) -> str:
        """The path as a URL: `unix:///...`."""
        return f"unix://{self.path}"

    @property
    def ready(self) -> Readiness:
        """Ready when it accepts a connection."""
        return UnixReady(self.path)

    def before_start(self) -> socket.socket | None:
        """Return the socket to pass on, if it is one; what an earlier process left is removed."""
        self.path.unlink(missing_ok=True)
        if self.delivery != "fd" or sys.platform == "win32":
            return None
        bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        bound.bind(str(self.path))
        return bound

    def after_end(self) -> None:
        """Do nothing: who connects to a path that nobody listens at is refused."""

    def close(self) -> None:
        """Remove the socket's file."""
        self.path.unlink(missing_ok=True)


Port = TcpPort | UnixPort


def make_port(scheme: str, delivery: Delivery, sockets: Path, stem: str) -> Port:
    """Return a port of its own; a Unix socket lies in the folder `sockets`."""
    if scheme != "unix":
        if delivery == "fd" and sys.platform == "win32":
            raise NotOnThisSystem(
                f"a socket can't be passed on on Windows, as {stem} wants",
                fix="tell the server its {port} or {address} instead of {fd}",
            )
        return TcpPort(scheme, delivery)
    path = sockets / f"{stem}.sock"
    if len(str(path).encode()) > MAX_SOCKET_PATH:
        path = sockets / f"{next(_numbers)}"
    return UnixPort(path, delivery)


def _bound(number: int) -> socket.socket:
    """Return a socket bound to the port (0: a free one) so that others of ours may be, too."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # where the first of these lets strangers in
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((HOST, number))
    except BaseException:
        bound.close()
        raise
    return bound
