"""Faults in httpx, sync and async: what its transports read is played by the plan.

All the transports that httpx has itself are covered, also those for tests (`MockTransport`, `ASGITransport`);
one of your own is when it uses one of them.
"""

from __future__ import annotations

import errno
import os
import ssl
import time
from typing import TYPE_CHECKING, Any

import anyio
import httpcore
import httpx

from belljar.faults.answers import Answer
from belljar.faults.fault import Fault
from belljar.faults.points.played import Broken, Late, Pause, Playback
from belljar.faults.wire import instead

if TYPE_CHECKING:
    from belljar.faults.points.client import ClientPoint

__all__ = ["install"]


def install(point: ClientPoint) -> None:
    """Let the point decide on every request that httpx sends."""
    send = httpx.HTTPTransport.handle_request
    send_async = httpx.AsyncHTTPTransport.handle_async_request
    for transport in (httpx.HTTPTransport, httpx.MockTransport, httpx.WSGITransport):
        point.replace(transport, "handle_request", _sync(point, transport.handle_request, send))
    for other in (httpx.AsyncHTTPTransport, httpx.MockTransport, httpx.ASGITransport):
        point.replace(
            other,
            "handle_async_request",
            _async(point, other.handle_async_request, send_async),
        )


def _sync(point: ClientPoint, real: Any, play: Any) -> Any:
    def handle_request(self: Any, request: httpx.Request) -> httpx.Response:
        faults = _decide(point, request)
        if not faults:
            response: httpx.Response = real(self, request)
            return response
        answer = Answer(500, head=request.method == "HEAD")
        if not instead(faults):
            response = real(self, request)
            body = b"".join(response.stream)  # type: ignore[arg-type]  # of a sync transport
            response.close()
            answer = _answer(response, body, request)
        stage = _Stage(point, answer, faults, request)
        # The library's own transport, on a connection that is played: what it raises is its own.
        played = object.__new__(httpx.HTTPTransport)
        played._pool = httpcore.ConnectionPool(
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), network_backend=_Backend(stage)
        )
        response = play(played, request)
        return response

    return handle_request


def _async(point: ClientPoint, real: Any, play: Any) -> Any:
    async def handle_async_request(self: Any, request: httpx.Request) -> httpx.Response:
        faults = _decide(point, request)
        if not faults:
            response: httpx.Response = await real(self, request)
            return response
        answer = Answer(500, head=request.method == "HEAD")
        if not instead(faults):
            response = await real(self, request)
            body = b"".join([part async for part in response.stream])  # type: ignore[union-attr]
            await response.aclose()
            answer = _answer(response, body, request)
        stage = _Stage(point, answer, faults, request)
        played = object.__new__(httpx.AsyncHTTPTransport)
        played._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            network_backend=_AsyncBackend(stage),
        )
        response = await play(played, request)
        return response

    return handle_async_request


def _decide(point: ClientPoint, request: httpx.Request) -> list[Fault]:
    url = request.url
    port = url.port or {"http": 80, "https": 443}.get(url.scheme, 0)
    return point.decide(request.method, url.raw_path.decode("ascii"), f"{url.host}:{port}")


def _answer(response: httpx.Response, body: bytes, request: httpx.Request) -> Answer:
    headers = [
        (key.decode("latin-1"), text.decode("latin-1")) for key, text in response.headers.raw
    ]
    return Answer(response.status_code, headers, body, head=request.method == "HEAD")


class _Stage:
    """A request's faults: how connecting ends, and what is read."""

    def __init__(
        self, point: ClientPoint, answer: Answer, faults: list[Fault], request: httpx.Request
    ) -> None:
        from belljar.faults.points.client import connect_failure

        what = f"{request.method} {request.url}"
        self.failure = connect_failure(faults)
        self.hang = point.hang(f"connecting for {what}")
        self.playback = point.playback(answer, faults, what)

    def refuse(self) -> None:
        """Raise what connecting raises, if it does not come about by now."""
        from belljar.faults.points.client import LATE, REFUSED

        if self.failure == REFUSED:
            refusal = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
            raise httpcore.ConnectError(refusal) from refusal
        if self.failure == LATE:
            raise httpcore.ConnectTimeout("timed out") from TimeoutError("timed out")

    def patience(self, timeout: float | None) -> float:
        """Give how long connecting lasts before it fails."""
        from belljar.faults.points.client import LATE

        if self.failure != LATE:
            return 0.0
        if timeout is None:
            raise self.hang()
        return timeout


def _read(playback: Playback, size: int, left: float | None) -> bytes | Pause:
    try:
        return playback.read(size, left)
    except Late:
        raise httpcore.ReadTimeout("timed out") from TimeoutError("timed out")
    except Broken:
        broken = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        raise httpcore.ReadError(broken) from broken


class _Stream(httpcore.NetworkStream):
    def __init__(self, playback: Playback) -> None:
        self._playback = playback

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = timeout
        while isinstance(part := _read(self._playback, max_bytes, left), Pause):
            time.sleep(part.seconds)  # the fault itself: a slow answer
            left = None if left is None else left - part.seconds
        return part

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    def close(self) -> None:
        pass

    def start_tls(self, *args: Any, **more: Any) -> _Stream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return None


class _Backend(httpcore.NetworkBackend):
    def __init__(self, stage: _Stage) -> None:
        self._stage = stage

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> _Stream:
        # The fault itself: no answer for as long as the client is ready to wait.
        time.sleep(self._stage.patience(timeout))
        self._stage.refuse()
        return _Stream(self._stage.playback)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, playback: Playback) -> None:
        self._playback = playback

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = timeout
        while isinstance(part := _read(self._playback, max_bytes, left), Pause):
            await anyio.sleep(part.seconds)
            left = None if left is None else left - part.seconds
        return part

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    async def aclose(self) -> None:
        pass

    async def start_tls(self, *args: Any, **more: Any) -> _AsyncStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return None


class _AsyncBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, stage: _Stage) -> None:
        self._stage = stage

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> _AsyncStream:
        await anyio.sleep(self._stage.patience(timeout))
        self._stage.refuse()
        return _AsyncStream(self._stage.playback)
