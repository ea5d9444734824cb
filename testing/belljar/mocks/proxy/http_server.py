"""`HttpServer`: as much of HTTP/1.1 as the API needs, on asyncio alone.

The API is called a few times a test, so this is short rather than fast. Bodies come with a length or
in chunks, connections stay open, and whoever is too big, too slow or speaks no HTTP is told so.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from belljar.mocks.proxy.errors import BadRequest, ProxyError

__all__ = ["HttpServer", "Request", "Response"]

_MAX_HEAD = 32 << 10
_MAX_BODY = 4 << 20
# Seconds that a request may take to come in, and a connection may wait for the next.
_PATIENCE = 15.0
_IDLE = 60.0


@dataclass(frozen=True)
class Request:
    """One request; `path` is without query, its escapes resolved part by part in `parts`."""

    method: str
    path: str
    parts: tuple[str, ...]
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """One answer."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})

    @classmethod
    def of(cls, value: object, status: int = 200) -> Response:
        """Return a value as JSON."""
        return cls(status, json.dumps(value).encode())

    @classmethod
    def of_error(cls, error: ProxyError) -> Response:
        """Return an error as JSON."""
        return cls(error.status, json.dumps(error.as_json()).encode() + b"\n")


class HttpServer:
    """Answers requests with what `app` returns."""

    def __init__(self, app: Callable[[Request], Response]) -> None:
        self._app = app
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, listening: socket.socket) -> None:
        """Serve at a socket that is bound; it belongs to the server from here on."""
        self._server = await asyncio.start_server(self._serve, sock=listening, limit=_MAX_HEAD)

    async def close(self) -> None:
        """Stop serving; connections are closed."""
        if self._server:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=1)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._serve_one(reader, writer):
                pass
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client is gone, or waits for nothing, or the server ends
        finally:
            self._tasks.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Serve a request; return whether there may be another one."""
        try:
            async with asyncio.timeout(_IDLE):
                first = await reader.readuntil(b"\n")
            async with asyncio.timeout(_PATIENCE):
                request = await _read(first, reader, writer)
        except (BadRequest, asyncio.LimitOverrunError, ValueError) as error:
            if not isinstance(error, BadRequest):
                error = BadRequest("bad request: the head is too long", "send fewer headers")
            await _write(writer, Response.of_error(error), keep=False, head_only=False)
            return False
        try:
            response = self._app(request)
        except ProxyError as error:
            response = Response.of_error(error)
        keep = request.headers.get("connection", "").lower() != "close"
        await _write(writer, response, keep=keep, head_only=request.method == "HEAD")
        return keep


async def _read(
    first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request:
    words = first.decode("latin-1").split()
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest("bad request: this is no HTTP/1.1", "send HTTP, such as GET /proxies")
    headers: dict[str, str] = {}
    if words[2] == "HTTP/1.0":
        headers["connection"] = "close"
    while (line := (await reader.readuntil(b"\n")).decode("latin-1").strip()) != "":
        name, colon, value = line.partition(":")
        if not colon or len(headers) > 200:
            raise BadRequest(f"bad request: header {line[:80]!r}", "send name: value")
        headers[name.strip().lower()] = value.strip()
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    path = urlsplit(words[1]).path
    parts = tuple(unquote(part) for part in path.strip("/").split("/"))
    return Request(words[0], path, parts, headers, await _body(headers, reader))


async def _body(headers: dict[str, str], reader: asyncio.StreamReader) -> bytes:
    too_big = BadRequest("bad request body: too big", f"send at most {_MAX_BODY} bytes")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = bytearray()
        while True:
            size = int((await reader.readuntil(b"\n")).split(b";")[0], 16)
            if size < 0 or len(body) + size > _MAX_BODY:
                raise too_big
            body += await reader.readexactly(size)
            await reader.readuntil(b"\n")
            if not size:
                return bytes(body)
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise BadRequest(f"bad request: Content-Length is {length!r}", "give the body's length")
    if int(length) > _MAX_BODY:
        raise too_big
    return await reader.readexactly(int(length))


async def _write(
    writer: asyncio.StreamWriter, response: Response, *, keep: bool, head_only: bool
) -> None:
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    if response.body:
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status != 204:
        lines.append(f"Content-Length: {len(response.body)}")
    if not keep:
        lines.append("Connection: close")
    head = "\r\n".join(lines).encode() + b"\r\n\r\n"
    writer.write(head if head_only else head + response.body)
    await writer.drain()
