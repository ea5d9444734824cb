"""`HttpServer`: an app on a listening socket, inside a running event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import traceback

from belljar.mocks.http.injecting import Injector
from belljar.mocks.http.limits import Limits, Refusal, Refuse, refuse_in_json
from belljar.mocks.http.messages import App, Request, Response
from belljar.mocks.http.protocol import HttpProtocol

__all__ = ["HttpServer"]

# How exact the time limits are.
TICK = 0.25


class HttpServer:
    """Serves `app` over HTTP/1.1 to any number of clients.

    An app is called in the event loop, one request after the other, so its state needs no locks as
    long as it does not await in between. `refuse` gives the protocol's form to what never reaches
    the app; `injector` decides about faults.
    """

    def __init__(
        self,
        app: App,
        *,
        limits: Limits | None = None,
        refuse: Refuse = refuse_in_json,
        injector: Injector | None = None,
    ) -> None:
        self.app = app
        self.limits = limits or Limits()
        self.refuse = refuse
        self.injector = injector
        self.connections: set[HttpProtocol] = set()
        self.stopping = False
        self.now = 0.0
        self._server: asyncio.Server | None = None
        self._tick: asyncio.TimerHandle | None = None

    async def start(self, listening: socket.socket | None) -> None:
        """Return when requests are taken from this socket, which then is the server's own.

        Without one, connections are handed to `accept`.
        """
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        if listening is not None:
            self._server = await loop.create_server(
                lambda: HttpProtocol(self), sock=listening, backlog=512
            )
        self._look()

    async def accept(self, connection: socket.socket) -> asyncio.Transport:
        """Return the transport of a connection that somebody else has taken; it is served from now on."""
        loop = asyncio.get_running_loop()
        made, _ = await loop.connect_accepted_socket(lambda: HttpProtocol(self), connection)
        return made

    async def stop(self, grace: float = 5.0) -> None:
        """Return when what was asked is answered, or `grace` seconds have passed."""
        self.stopping = True
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            connection.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                while self.connections:
                    await asyncio.sleep(0.005)
        for connection in list(self.connections):
            connection.abort()
        if self._tick is not None:
            self._tick.cancel()

    def broken(self, request: Request, error: Exception) -> Response:
        """The answer when the app, and not the client, has made a mistake."""
        print(f"{request!r} could not be answered:", file=sys.stderr)
        traceback.print_exception(error, file=sys.stderr)
        sys.stderr.flush()
        message = f"the mock failed: {type(error).__name__}: {error}"
        return self.refuse(Refusal(500, message, "its log has the trace"))

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self.now = loop.time()
        for connection in list(self.connections):
            connection.check(self.now)
        self._tick = loop.call_later(TICK, self._look)
