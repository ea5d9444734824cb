"""`ServerThread`: a server of the test's own, in a thread of its process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from belljar.mocks.http.listening import open_socket, url_of
from belljar.mocks.http.loops import new_loop
from belljar.mocks.http.server import HttpServer

__all__ = ["ServerThread"]


class ServerThread:
    """A running server, until the end of its `with`.

    with ServerThread(lambda: HttpServer(app)) as server:
        httpx.get(server.url)
    """

    def __init__(self, make: Callable[[], HttpServer], name: str = "belljar-mock") -> None:
        listening = open_socket()
        self.url = url_of(listening)
        self._loop = new_loop()
        self._asked: asyncio.Event | None = None
        self._started = threading.Event()
        self._failure: BaseException | None = None
        self.server: HttpServer | None = None  # as soon as there is one

        async def serve() -> None:
            server = self.server = make()
            await server.start(listening)
            self._asked = asyncio.Event()
            self._started.set()
            await self._asked.wait()
            await server.stop(grace=1.0)

        def work() -> None:
            try:
                with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                    runner.run(serve())
            except BaseException as error:
                self._failure = error
            finally:
                self._started.set()

        self._thread = threading.Thread(target=work, name=name, daemon=True)
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Return when it has ended."""
        asked = self._asked
        if asked is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(asked.set)
        self._thread.join(timeout=10.0)
