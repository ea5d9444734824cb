"""`HttpProtocol`: one connection: bytes in, requests to the app in their order, answers out."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable
from typing import TYPE_CHECKING

from belljar.mocks.http.limits import Refusal
from belljar.mocks.http.messages import Request, Response
from belljar.mocks.http.reading import RequestReader
from belljar.mocks.http.serialising import CONTINUE, serialise
from belljar.mocks.http.wire import ConnectionWire

if TYPE_CHECKING:
    from belljar.mocks.http.injecting import Injection
    from belljar.mocks.http.server import HttpServer

__all__ = ["HttpProtocol"]

NEVER = float("inf")
# How long what a refused client goes on to send is thrown away: closing at once would reset the
# connection, and take the answer away that says why.
LINGER_SECONDS = 2.0


class HttpProtocol(asyncio.Protocol):
    """Serves one connection; answers come in the order of their requests, however they take.

    Where a client breaks the rules it gets an answer that says so, after those it is still owed,
    and the connection ends. Others never notice.
    """

    def __init__(self, server: HttpServer) -> None:
        self.deadline = NEVER
        self.transport: asyncio.Transport | None = None
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.writable: asyncio.Event | None = None  # there is one while the client does not read
        self._server = server
        self._limits = server.limits
        # A refusal is the last of them.
        self._waiting: deque[Request | Refusal] = deque()
        self._reader = RequestReader(server.limits, self._waiting.append, self._go_on)
        self._task: asyncio.Task[None] | None = None
        self._lingers = False
        self._read_paused = False

    @property
    def busy(self) -> bool:
        """Whether it is owed an answer."""
        return self._task is not None or bool(self._waiting)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self.transport = transport  # type: ignore[assignment]  # uvloop's is no subclass
        self._server.connections.add(self)
        self.deadline = self._server.now + self._limits.idle_seconds
        if self._server.stopping:
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it; whoever works for it is told to stop."""
        self._server.connections.discard(self)
        self.transport = None
        if not self.gone.done():
            self.gone.set_result(None)
        self.take_no_more()
        if self.writable is not None:
            self.writable.set()
        if self._task is not None:
            self._task.cancel()

    def eof_received(self) -> bool:
        """The client will say no more; it is still owed what it asked for.

        But not a fault that goes on until it gives up: who closes a connection looks just the same.
        """
        self._reader.deaf = True
        if not self.gone.done():
            self.gone.set_result(None)
        return self.busy

    def pause_writing(self) -> None:
        """The client does not read: what it asked for next can wait."""
        self.writable = asyncio.Event()
        self.deadline = self._server.now + self._limits.write_seconds

    def resume_writing(self) -> None:
        """It reads again."""
        if self.writable is not None:
            self.writable.set()
            self.writable = None
        self._pump()
        self._mind_the_time()

    def data_received(self, data: bytes) -> None:
        """Take bytes; answer what is complete."""
        if self._reader.deaf:
            return
        self._reader.feed(data)
        self._pump()
        self._mind_the_time()

    # What the server and injections call.

    def check(self, now: float) -> None:
        """End what takes too long."""
        if now < self.deadline or self.transport is None:
            return
        if self.writable is not None:
            self.transport.abort()
            return
        phase = self._reader.phase
        if self._lingers or phase == "idle":
            self.transport.close()
            return
        allowed = self._allowed(phase)
        message = f"a request was begun and its {phase} is not complete after {allowed:g} s"
        self._reader.refuse(Refusal(408, message, "send it at once"))
        self._pump()

    def take_no_more(self) -> None:
        """Read no more requests, and forget those that wait."""
        self._reader.deaf = True
        self._waiting.clear()

    def close(self) -> None:
        """End the connection as soon as what was asked is answered."""
        self._reader.deaf = True
        if not self.busy and not self._lingers and self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        """End it now."""
        if self.transport is not None:
            self.transport.abort()

    def write(self, data: bytes) -> None:
        """Send bytes, if there is still somebody to read them."""
        if self.transport is not None:
            self.transport.write(data)

    # Answering.

    def _pump(self) -> None:
        while self._waiting and self._task is None and self.writable is None:
            item = self._waiting.popleft()
            if isinstance(item, Refusal):
                self.write(serialise(self._server.refuse(item), keep_alive=False))
                self._linger()
            else:
                self._serve(item)
        if self.transport is None or self._lingers:
            return
        if not self._reader.deaf:
            self._flow(self.transport)
        elif not self.busy:
            self.transport.close()

    def _linger(self) -> None:
        if self.transport is not None and self.transport.can_write_eof():
            self._lingers = True
            self.transport.write_eof()
            self.deadline = self._server.now + LINGER_SECONDS

    def _flow(self, transport: asyncio.Transport) -> None:
        full = len(self._waiting) >= self._limits.pipelined
        if full and not self._read_paused:
            self._read_paused = True
            transport.pause_reading()
        elif not full and self._read_paused:
            self._read_paused = False
            transport.resume_reading()

    def _go_on(self) -> None:
        # Behind a request that is being answered it would look like that one's answer.
        if not self.busy:
            self.write(CONTINUE)

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
            response = await injection(request, answer, ConnectionWire(self, request))
            if response is not None:
                self._answer(request, response)
        except Exception as error:
            self._answer(request, self._server.broken(request, error))

    def _answer(self, request: Request, response: Response) -> None:
        keep = request.keep_alive and not self._server.stopping
        if not keep:
            self._reader.deaf = True
        self.write(serialise(response, method=request.method, keep_alive=keep))

    # Time.

    def _mind_the_time(self) -> None:
        if self.writable is not None or self._lingers:
            return
        reader = self._reader
        if self._task is not None or self._waiting:
            self.deadline = NEVER  # the app may take its time
        elif reader.moved or self.deadline == NEVER or reader.phase == "idle":
            reader.moved = False
            self.deadline = self._server.now + self._allowed(reader.phase)

    def _allowed(self, phase: str) -> float:
        limits = self._limits
        if phase == "idle":
            return limits.idle_seconds
        return limits.head_seconds if phase == "head" else limits.body_seconds
