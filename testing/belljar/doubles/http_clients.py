"""Where the clients' connections end in the fixture `http`: below retries, redirects, cookies, decoding and TLS.

`http.client` carries urllib, urllib3, requests, botocore and stripe; `httpcore` carries httpx; aiohttp has a
way of its own. Transports for tests (`MockTransport`, `ASGITransport`) have no connection, and are left alone.
"""

from __future__ import annotations

import http.client
import io
import socket
import sys
import weakref
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from belljar.doubles.http import Http
    from belljar.doubles.http_request import Conversation

__all__ = ["install"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True


def install(servers: Http, patches: ExitStack) -> None:
    """Let each library that is installed talk to these servers."""
    kinds: list[tuple[Any, str]] = [
        (http.client.HTTPSConnection, "https"),
        (http.client.HTTPConnection, "http"),
    ]
    if _there("urllib3"):
        connection = import_module("urllib3.connection")
        kinds += [(connection.HTTPSConnection, "https"), (connection.HTTPConnection, "http")]
    for kind, scheme in kinds:
        _replace(patches, kind, "connect", _connect(servers, vars(kind)["connect"], scheme))
    if _there("httpcore"):
        from belljar.doubles.http_httpcore import install as install_httpcore

        install_httpcore(servers, lambda owner, name, new: _replace(patches, owner, name, new))
    if _there("aiohttp"):
        from belljar.doubles.http_aiohttp import install as install_aiohttp

        install_aiohttp(servers, lambda owner, name, new: _replace(patches, owner, name, new))


def _there(module: str) -> bool:
    return module in sys.modules or find_spec(module) is not None


def _replace(patches: ExitStack, owner: Any, name: str, replacement: Any) -> None:
    original = vars(owner)[name]
    setattr(owner, name, replacement)
    patches.callback(setattr, owner, name, original)


def _connect(servers: Http, real: Any, scheme: str) -> Any:
    def connect(self: Any) -> None:
        if servers.is_real(self.host, self.port):
            real(self)
            return
        # Behind a proxy it is the tunnel's end that is spoken to.
        host, port = self.host, self.port
        if tunnel := getattr(self, "_tunnel_host", None):
            host, port = tunnel, getattr(self, "_tunnel_port", None)
        self.sock = PlayedSocket(servers.conversation("https" if tunnel else scheme, host, port))
        # What urllib3 wants to know of a connection; it warns of one that is not verified.
        self.is_verified = True

    return connect


class PlayedSocket:
    """What http.client and urllib3 use of a socket."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._pair: tuple[socket.socket, socket.socket] | None = None

    def makefile(self, mode: str = "rb", *args: object) -> io.BufferedReader:
        """Give what is read from; `makefile("rb", 0)` takes no more than it is asked for."""
        file: Any = _PlayedFile(self._conversation)
        return file if args[:1] == (0,) else io.BufferedReader(file)

    def fileno(self) -> int:
        """Give a descriptor that can be read when something is there: botocore waits for it before a body."""
        if self._pair is None:
            self._pair = socket.socketpair()
            for end in self._pair:
                weakref.finalize(self, end.close)
        if self._conversation.is_ready:
            self._pair[1].send(b".")
        return self._pair[0].fileno()

    def sendall(self, data: bytes) -> None:
        """Take what is sent."""
        self._conversation.write(bytes(data))

    def settimeout(self, timeout: float | None) -> None:
        """All is here already."""

    def gettimeout(self) -> None:
        """No timeout is waited for."""

    def setsockopt(self, *args: object) -> None:
        """There is no socket."""

    def shutdown(self, how: int) -> None:
        """There is no socket."""

    def close(self) -> None:
        """There is no socket."""


class _PlayedFile(io.RawIOBase):
    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._conversation.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
