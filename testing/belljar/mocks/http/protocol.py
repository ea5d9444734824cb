"""`HttpProtocol`: one connection: bytes in, requests to the app in their order, answers out."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
from collections import deque
from collections.abc import Awaitable
from typing import TYPE_CHECKING
from urllib.parse import unquote

import httptools

from belljar.mocks.http.limits import Refusal
from belljar.mocks.http.messages import Request, Response
from belljar.mocks.http.serialising import CONTINUE, serialise

if TYPE_CHECKING:
    from belljar.mocks.http.injecting import Injection
    from belljar.mocks.http.server import HttpServer

__all__ = ["HttpProtocol"]

NEVER = float("inf")
# Names and methods as they come, each made once.
_NAMES: dict[bytes, str] = {}
_NAMES_KEPT = 1000
# How long what a refused client goes on to send is thrown away: closing at once would reset the
# connection, and take the answer away that says why.
LINGER_SECONDS = 2.0
# l_onoff and l_linger: closing sends a reset.
_RESET = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)


class HttpProtocol(asyncio.Protocol):
    """Serves one connection; answers come in the order of their requests, however they take.

    Where a client breaks the rules it gets an answer that says so, after those it is still owed,
    and the connection ends. Others never notice.
    """

    def __init__(self, server: HttpServer) -> None:
        self.deadline = NEVER
        self._server = server
        self._limits = server.limits
        self._parser = httptools.HttpRequestParser(self)
        # Requests, and refusals, which are answers already and the last thing that is said.
        self._waiting: deque[Request | Response] = deque()
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._writable: asyncio.Event | None = None  # there is one while the client does not read
        self._deaf = False  # nothing more is read: an answer closes the connection
        self._lingers = False
        self._read_paused = False
        self._phase = "idle"  # or "head", "body"
        self._begun = 0  # messages that began in the bytes at hand
        self._head_size = 0
        self._target = b""
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._body_size = 0

    @property
    def busy(self) -> bool:
        """Whether it is owed an answer."""
        return self._task is not None or bool(self._waiting)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]  # uvloop's is no subclass
        self._server.connections.add(self)
        self.deadline = self._server.now + self._limits.idle_seconds
        if self._server.stopping:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it; whoever works for it is told to stop."""
        self._server.connections.discard(self)
        self._transport = None
        if not self._gone.done():
            self._gone.set_result(None)
        self._deaf = True
        self._waiting.clear()
        if self._writable is not None:
            self._writable.set()
        if self._task is not None:
            self._task.cancel()

    def eof_received(self) -> bool:
        """The client will say no more; it is still owed what it asked for."""
        self._deaf = True
        return bool(self._waiting or self._task is not None)

    def pause_writing(self) -> None:
        """The client does not read: what it asked for next can wait."""
        self._writable = asyncio.Event()
        self.deadline = self._server.now + self._limits.write_seconds

    def resume_writing(self) -> None:
        """It reads again."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None
        self._pump()
        self._mind_the_time()

    def data_received(self, data: bytes) -> None:
        """Take bytes; answer what is complete."""
        if self._deaf:
            return
        before = self._phase
        self._begun = 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # It was answered as an ordinary request, or will be; what follows is no HTTP.
            self._deaf = True
        except httptools.HttpParserError as error:
            if not self._deaf:
                self._refuse(Refusal(400, f"this is no HTTP request: {error}", _hint(data)))
        else:
            if self._phase == "head" and before != "body" and self._begun <= 1:
                # The parser keeps what it has of a header, however long, so it is counted here.
                self._head_size += len(data)
                self._check_head(self._head_size)
        self._pump()
        self._mind_the_time()

    # What httptools calls.

    def on_message_begin(self) -> None:
        """A request line comes."""
        self._begun += 1
        self._phase = "head"
        self._head_size = 0
        self._target = b""
        self._headers = {}
        self._chunks = []
        self._body_size = 0
        self.deadline = NEVER

    def on_url(self, url: bytes) -> None:
        """Its target, or a part of it."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        known = _NAMES.get(name)
        if known is None:
            known = name.decode("latin-1").lower()
            if len(_NAMES) < _NAMES_KEPT:
                _NAMES[name] = known
        text = value.decode("latin-1")
        headers = self._headers
        headers[known] = f"{headers[known]}, {text}" if known in headers else text

    def on_headers_complete(self) -> None:
        """Look whether the rest is wanted."""
        if self._deaf:
            return
        self._phase = "body"
        self.deadline = NEVER
        headers = self._headers
        size = len(self._target) + sum(map(len, headers)) + sum(map(len, headers.values()))
        if self._check_head(size):
            return
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._limits.body:
            self._refuse(self._too_long(int(length)))
        elif (expected := headers.get("expect")) is None:
            return
        elif expected.lower() != "100-continue":
            self._refuse(Refusal(417, f"Expect: {expected} is not understood", "leave it out"))
        elif self._transport is not None and not self._waiting and self._task is None:
            # Behind a request that is being answered it would look like that one's answer.
            self._transport.write(CONTINUE)

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._deaf:
            return
        self._body_size += len(body)
        if self._body_size > self._limits.body:
            self._chunks = []
            self._refuse(self._too_long(self._body_size))
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        """A request is there."""
        self._phase = "idle"
        if self._deaf:
            return
        parser = self._parser
        target = self._target.decode("latin-1")
        path, _, query = target.partition("?")
        if path[:1] != "/" and "://" in path:
            path = "/" + path.partition("://")[2].partition("/")[2]  # as proxies are asked
        chunks = self._chunks
        keep_alive = parser.should_keep_alive()
        self._waiting.append(
            Request(
                parser.get_method().decode("latin-1"),
                unquote(path) if "%" in path else path,
                query,
                self._headers,
                chunks[0] if len(chunks) == 1 else b"".join(chunks),
                target=target,
                keep_alive=keep_alive,
            )
        )
        if not keep_alive:
            self._deaf = True

    # What the server calls.

    def check(self, now: float) -> None:
        """End what takes too long."""
        if now < self.deadline or self._transport is None:
            return
        if self._writable is not None:
            self._transport.abort()
            return
        if self._lingers or self._phase == "idle":
            self._transport.close()
            return
        limits = self._limits
        part, allowed = (
            ("its head", limits.head_seconds)
            if self._phase == "head"
            else ("its body", limits.body_seconds)
        )
        self._refuse(
            Refusal(
                408,
                f"a request was begun and {part} is not complete after {allowed:g} s",
                "send it at once",
            )
        )
        self._pump()

    def close(self) -> None:
        """End the connection as soon as what was asked is answered."""
        self._deaf = True
        idle = not self._waiting and self._task is None and not self._lingers
        if idle and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End it now."""
        if self._transport is not None:
            self._transport.abort()

    # Answering.

    def _pump(self) -> None:
        while self._waiting and self._task is None and self._writable is None:
            item = self._waiting.popleft()
            if isinstance(item, Response):
                self._write(serialise(item, keep_alive=False))
                self._linger()
            else:
                self._serve(item)
        if self._transport is None or self._lingers:
            return
        if self._deaf and not self._waiting and self._task is None:
            self._transport.close()
        elif not self._deaf:
            self._flow(self._transport)

    def _linger(self) -> None:
        if self._transport is not None and self._transport.can_write_eof():
            self._lingers = True
            self._transport.write_eof()
            self.deadline = self._server.now + LINGER_SECONDS

    def _flow(self, transport: asyncio.Transport) -> None:
        full = len(self._waiting) >= self._limits.pipelined
        if full and not self._read_paused:
            self._read_paused = True
            transport.pause_reading()
        elif not full and self._read_paused:
            self._read_paused = False
            transport.resume_reading()

    def _serve(self, request: Request) -> None:
        server = self._server
        injector = server.injector
        try:
            injection = injector(request) if injector is not None else None
            if injection is not None:
                self._work(self._inject(request, injection))
                return
            answer = server.app(request)
            if not isinstance(answer, Response):
                self._work(self._await(request, answer))
                return
            self._answer(request, answer)
        except Exception as error:
            self._answer(request, server.broken(request, error))

    def _work(self, work: Awaitable[None]) -> None:
        async def to_its_end() -> None:
            try:
                await work
            finally:
                self._task = None
                self._pump()
                self._mind_the_time()

        self._task = asyncio.get_running_loop().create_task(to_its_end())

    async def _await(self, request: Request, answer: Awaitable[Response]) -> None:
        try:
            self._answer(request, await answer)
        except Exception as error:
            self._answer(request, self._server.broken(request, error))

    async def _inject(self, request: Request, injection: Injection) -> None:
        async def answer() -> Response:
            try:
                given = self._server.app(request)
                return given if isinstance(given, Response) else await given
            except Exception as error:
                return self._server.broken(request, error)

        try:
            response = await injection(request, answer, _Wire(self, request))
            if response is not None:
                self._answer(request, response)
        except Exception as error:
            self._answer(request, self._server.broken(request, error))

    def _answer(self, request: Request, response: Response) -> None:
        keep = request.keep_alive and not self._server.stopping
        if not keep:
            self._deaf = True
        self._write(serialise(response, method=request.method, keep_alive=keep))

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _mind_the_time(self) -> None:
        if self._writable is not None or self._lingers:
            return
        if self._task is not None or self._waiting:
            self.deadline = NEVER  # the app may take its time
        elif self.deadline == NEVER or self._phase == "idle":
            limits = self._limits
            allowed = {
                "head": limits.head_seconds,
                "body": limits.body_seconds,
                "idle": limits.idle_seconds,
            }[self._phase]
            self.deadline = self._server.now + allowed

    # Refusing.

    def _check_head(self, size: int) -> bool:
        if size <= self._limits.headers:
            return False
        limit = self._limits.headers
        message = f"the request line and headers are longer than {limit} bytes"
        self._refuse(Refusal(431, message, "send shorter or fewer headers"))
        return True

    def _too_long(self, length: int) -> Refusal:
        message = f"the body has {length} bytes or more, and {self._limits.body} are taken"
        return Refusal(413, message, "send a shorter one")

    def _refuse(self, refusal: Refusal) -> None:
        if not self._deaf:
            self._deaf = True
            self._waiting.append(self._server.refuse(refusal))


class _Wire:
    """The connection in the hands of an injection."""

    def __init__(self, protocol: HttpProtocol, request: Request) -> None:
        self._protocol = protocol
        self._request = request

    @property
    def transport(self) -> asyncio.WriteTransport:
        transport = self._protocol._transport
        if transport is None:
            raise asyncio.CancelledError  # the client has left: there is nobody to work for
        return transport

    @property
    def gone(self) -> asyncio.Future[None]:
        return self._protocol._gone

    def serialise(self, response: Response) -> bytes:
        request = self._request
        return serialise(response, method=request.method, keep_alive=request.keep_alive)

    async def write(self, data: bytes) -> None:
        self._protocol._write(data)
        if (writable := self._protocol._writable) is not None:
            await writable.wait()

    def close(self) -> None:
        self._protocol._deaf = True
        self._protocol._waiting.clear()
        if (transport := self._protocol._transport) is not None:
            transport.close()

    def reset(self) -> None:
        self._protocol._deaf = True
        self._protocol._waiting.clear()
        if (transport := self._protocol._transport) is not None:
            connection = transport.get_extra_info("socket")
            # A copy, because uvloop's own can't be told; an option is of the connection.
            with socket.socket(fileno=os.dup(connection.fileno())) as copy:
                copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()


def _hint(data: bytes) -> str:
    if data[:2] == b"\x16\x03":
        return "this port speaks plain HTTP: use http:// and not https://"
    return "send HTTP/1.1"
