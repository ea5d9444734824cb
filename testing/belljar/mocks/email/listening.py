"""`Listeners`: the ports of an SMTP server: two for all, and two for each namespace that asks for its own."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from belljar.mocks.email.certificates import Certificates
from belljar.mocks.email.smtp import SIZE, Connection
from belljar.mocks.email.transaction import MailServer
from belljar.mocks.http import open_socket

__all__ = ["Listeners", "Ports"]


@dataclass(frozen=True)
class Ports:
    """Where to send mail: plain with STARTTLS, and with TLS from the first byte."""

    smtp: int
    smtps: int


class Listeners:
    """Listening sockets and the connections behind them."""

    def __init__(
        self,
        server: MailServer,
        certificates: Certificates,
        *,
        size: int = SIZE,
        each_its_own: bool = False,
    ) -> None:
        self._server = server
        self.context = certificates.context
        self._size = size
        self._each_its_own = each_its_own
        self._common = Ports(0, 0)
        self._servers: list[asyncio.Server] = []
        self._own: dict[str, Ports] = {}
        self._connections: set[Connection] = set()

    async def start(self, smtp: socket.socket, smtps: socket.socket) -> None:
        """Listen on the ports that are for all."""
        self._common = await self._listen("", smtp, smtps)

    async def of(self, namespace: str, *, own: bool = False) -> Ports:
        """Return where a namespace's mail goes: the ports for all, or its own.

        At its own everything belongs to it, from the connection on. Where each has its own, or once
        it was asked for them, there are no others for it.
        """
        if namespace not in self._own:
            if not own and not self._each_its_own:
                return self._common
            # Before the wait: who asks at the same time gets the same.
            plain, secure = open_socket(), open_socket()
            self._own[namespace] = Ports(plain.getsockname()[1], secure.getsockname()[1])
            await self._listen(namespace, plain, secure)
        return self._own[namespace]

    async def stop(self) -> None:
        """Return when nothing listens and nobody is connected."""
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            if connection.transport is not None:
                connection.transport.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                while any(connection.transport for connection in self._connections):
                    await asyncio.sleep(0.005)

    def connected(self, port: str, *, implicit_tls: bool) -> Connection:
        """Return what serves a new connection that came in by that namespace's port."""
        self._connections = {one for one in self._connections if one.transport is not None}
        made = Connection(
            self._server,
            port=port,
            context=self.context,
            implicit_tls=implicit_tls,
            size=self._size,
            loop=asyncio.get_running_loop(),
        )
        self._connections.add(made)
        return made

    async def _listen(self, port: str, plain: socket.socket, secure: socket.socket) -> Ports:
        loop = asyncio.get_running_loop()

        def connect(implicit_tls: bool) -> Connection:
            return self.connected(port, implicit_tls=implicit_tls)

        self._servers.append(await loop.create_server(lambda: connect(False), sock=plain))
        self._servers.append(
            await loop.create_server(lambda: connect(True), sock=secure, ssl=self.context)
        )
        return Ports(plain.getsockname()[1], secure.getsockname()[1])
