"""`InsideServer`: a mock's server in a thread of this process, that no socket of the network leads to."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from belljar.mocks.http.server import HttpServer
from belljar.mocks.inside.lines import HOST, LINES, Break

__all__ = ["BREAK", "InsideServer"]

# What a transport's extra information has for who breaks a connection off.
BREAK = "belljar_break"
SECONDS = 10.0


class InsideServer:
    """A running server, until the end of its `with`; `url` is where clients of this process reach it.

    `make` is called in its loop. Requests come by connections of `LINES`, which `install` leads clients to.
    """

    def __init__(self, make: Callable[[], HttpServer], name: str = "belljar-inside") -> None:
        # Asyncio's own: what breaks a connection off has to be told, and uvloop takes no notes.
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name=name, daemon=True)
        self._thread.start()
        self._ports: list[int] = []
        try:
            self.server = self.run(self._started(make))
        except BaseException:
            self._end()
            raise
        self.url = f"http://{HOST}:{self.answer(self.server.accept)}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Give what a coroutine gives, in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)

    def answer(
        self, accept: Callable[[socket.socket], Coroutine[Any, Any, asyncio.Transport | None]]
    ) -> int:
        """Return a port of `HOST` whose connections `accept` takes."""

        async def take(connection: socket.socket, broken: Break) -> None:
            connection.setblocking(False)
            transport = await accept(connection)
            if transport is not None:  # TLS hides how a connection ends
                transport._extra[BREAK] = broken  # type: ignore[attr-defined]  # there is no other place

        port = LINES.claim(lambda connection, broken: self.run(take(connection, broken)))
        self._ports.append(port)
        return port

    def close(self) -> None:
        """Return when it has ended; connections are refused from now on."""
        if self._thread.is_alive():
            for port in self._ports:
                LINES.release(port)
            self.run(self.server.stop(grace=1.0))
            self._end()

    def _end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(SECONDS)
        self.loop.close()

    async def _started(self, make: Callable[[], HttpServer]) -> HttpServer:
        server = make()
        await server.start(None)
        return server
