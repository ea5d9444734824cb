"""Connections of httpcore, and so of httpx, sync and async, that end at the servers of the fixture `http`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpcore
from httpcore._backends.auto import AutoBackend

if TYPE_CHECKING:
    from belljar.doubles.http import Http
    from belljar.doubles.http_request import Conversation

__all__ = ["install"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True


def install(servers: Http, replace: Callable[[Any, str, Any], None]) -> None:
    """Let httpcore's own backends connect to the servers; a backend of one's own is left alone."""
    real, real_async = httpcore.SyncBackend.connect_tcp, AutoBackend.connect_tcp

    def connect_tcp(self: Any, host: str, port: int, *args: Any, **more: Any) -> Any:
        if servers.is_real(host, port):
            return real(self, host, port, *args, **more)
        return _Stream(servers, host, port)

    async def connect_tcp_async(self: Any, host: str, port: int, *args: Any, **more: Any) -> Any:
        if servers.is_real(host, port):
            return await real_async(self, host, port, *args, **more)
        return _AsyncStream(servers, host, port)

    replace(httpcore.SyncBackend, "connect_tcp", connect_tcp)
    replace(AutoBackend, "connect_tcp", connect_tcp_async)


class _Talk:
    """A connection that becomes TLS when the client says so."""

    def __init__(self, servers: Http, host: str, port: int) -> None:
        self._make: Callable[[str], Conversation] = lambda scheme: servers.conversation(
            scheme, host, port
        )
        self.conversation = self._make("http")

    def secure(self) -> None:
        # After a proxy's CONNECT it speaks to the host behind it, and says so already.
        if not self.conversation.origin.startswith("https:"):
            self.conversation = self._make("https")

    def received(self, size: int) -> bytes:
        try:
            return self.conversation.read(size)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def get_extra_info(self, info: str) -> Any:
        # A connection that has something to read is one that the server has closed.
        return None


class _Stream(_Talk, httpcore.NetworkStream):
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.received(max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.conversation.write(bytes(buffer))

    def close(self) -> None:
        pass

    def start_tls(self, *args: Any, **more: Any) -> httpcore.NetworkStream:
        self.secure()
        return self


class _AsyncStream(_Talk, httpcore.AsyncNetworkStream):
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.received(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.conversation.write(bytes(buffer))

    async def aclose(self) -> None:
        pass

    async def start_tls(self, *args: Any, **more: Any) -> httpcore.AsyncNetworkStream:
        self.secure()
        return self
