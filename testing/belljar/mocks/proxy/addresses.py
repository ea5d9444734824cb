"""`Address`: where a proxy listens or connects to, `host:port` or `unix:/path`, and its sockets."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from belljar.mocks.proxy.errors import BadAddress, NotListening

__all__ = ["Address", "connected", "parse_address"]

_FIX = "give host:port (IPv6 in brackets, [::1]:5432) or unix:/path/of/socket"
# Connections that wait to be accepted; thousands may come at once.
_BACKLOG = 4096


@dataclass(frozen=True)
class Address:
    """Where to listen or connect to; `path` is set for a Unix socket, `host` and `port` otherwise."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_number(self) -> bool:
        """Whether connecting needs no look-up of a name."""
        for family in (socket.AF_INET, socket.AF_INET6):
            with suppress(OSError):
                socket.inet_pton(family, self.host)
                return True
        return bool(self.path)

    def listen(self) -> tuple[socket.socket, Address]:
        """Return a non-blocking socket that listens, and its address with the port that it got."""
        try:
            bound = self._bound()
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            raise NotListening(
                f"listen {self}: {error.strerror or error}",
                "end what listens there, or let the system choose: port 0"
                if taken
                else "give an address of this machine, 127.0.0.1:0 for any free port",
            ) from error
        if self.path:
            return bound, self
        host, port = bound.getsockname()[:2]
        return bound, Address(str(host), int(port))

    def _bound(self) -> socket.socket:
        if self.path:
            path = Path(self.path)
            # One that a killed process left would keep the path for ever.
            if path.exists() and stat.S_ISSOCK(path.stat().st_mode) and not _answers(self.path):
                path.unlink()
            bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            where: Any = self.path
        else:
            found = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
            # `localhost` may be both; IPv4 is what clients try when they are told a number.
            family, _type, _protocol, _name, where = min(found, key=lambda one: one[0])
            bound = socket.socket(family, socket.SOCK_STREAM)
        try:
            if not self.path and os.name == "posix":
                bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(where)
            bound.listen(_BACKLOG)
            bound.setblocking(False)
        except BaseException:
            bound.close()
            raise
        return bound

    def unlink(self) -> None:
        """Remove the file of a Unix socket that was listened at."""
        if self.path:
            Path(self.path).unlink(missing_ok=True)


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(path) == 0


async def connected(loop: asyncio.AbstractEventLoop, to: Address) -> socket.socket:
    """Return a non-blocking socket that is connected to an address; raises `OSError`."""
    found: list[tuple[int, Any]]
    if to.path:
        found = [(socket.AF_UNIX, to.path)]
    elif to.is_number:
        kind = socket.AF_INET6 if ":" in to.host else socket.AF_INET
        found = [(kind, (to.host, to.port))]
    else:
        looked_up = await loop.getaddrinfo(to.host, to.port, type=socket.SOCK_STREAM)
        found = [(one[0], one[4]) for one in looked_up]
    failed: OSError | None = None
    for family, where in found:
        server = socket.socket(family, socket.SOCK_STREAM)
        try:
            server.setblocking(False)
            await loop.sock_connect(server, where)
        except OSError as error:
            server.close()
            failed = error
        except BaseException:
            server.close()
            raise
        else:
            return server
    raise failed or OSError(f"{to} has no address")


def parse_address(text: str, *, what: str = "listen") -> Address:
    """Return the address that `text` names; raises `BadAddress`.

    An empty host is this machine's loopback: what a test starts is not for others. An empty text,
    where a proxy listens, is any free port there.
    """
    if what == "listen" and not text:
        return Address("127.0.0.1", 0)
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        path = "/" + path.lstrip("/") if path.startswith("//") else path
        if not path or "\0" in path:
            raise BadAddress(f"{what} {text!r}: no path behind unix:", _FIX)
        if not hasattr(socket, "AF_UNIX"):
            raise BadAddress(f"{what} {text!r}: this system's Python has no Unix sockets", _FIX)
        return Address(path=path)
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or (":" in host and not bracketed):
        raise BadAddress(f"{what} {text!r}: missing port in address", _FIX)
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise BadAddress(f"{what} {text!r}: port {port!r} is not a number from 0 to 65535", _FIX)
    if what == "upstream" and int(port) == 0:
        raise BadAddress(f"{what} {text!r}: nothing can be reached at port 0", _FIX)
    host = host[1:-1] if bracketed else host
    if any(letter.isspace() or letter == "/" for letter in host):
        raise BadAddress(f"{what} {text!r}: {host!r} is no host", _FIX)
    return Address(host or "127.0.0.1", int(port))
