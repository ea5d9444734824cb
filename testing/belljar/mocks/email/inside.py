"""`InsideEmailServer`: the mail server inside the test's process, that smtplib reaches in memory.

from belljar.mocks.inside import install

install()
with InsideEmailServer() as server:
    inbox = Inbox(server.url, "a-namespace")
    smtplib.SMTP(inbox.host, inbox.port)
"""

from __future__ import annotations

import asyncio
import contextlib
import socket

from belljar.mocks.email.certificates import NAMES, Certificates
from belljar.mocks.email.listening import Listeners, Ports
from belljar.mocks.email.mock import EmailMock
from belljar.mocks.email.smtp import SIZE
from belljar.mocks.email.transaction import MailServer
from belljar.mocks.http import HttpServer, Limits
from belljar.mocks.inside.lines import HOST
from belljar.mocks.inside.server import InsideServer

__all__ = ["InsideEmailServer"]


class InsideEmailServer(InsideServer):
    """A server that runs until its `with` ends; each namespace that asks has ports of its own."""

    def __init__(self, *, size: int = SIZE) -> None:
        mock = EmailMock(
            Certificates((*NAMES, HOST)), size=size, each_its_own=True, listening=_InsideListeners
        )
        listeners = mock.listeners
        assert isinstance(listeners, _InsideListeners)
        listeners.server = self
        super().__init__(lambda: _Server(mock), name="belljar-email-inside")


class _Server(HttpServer):
    """The HTTP side, which ends the mail side with it."""

    def __init__(self, mock: EmailMock) -> None:
        super().__init__(mock, limits=Limits(body=4 << 20))
        self._listeners = mock.listeners

    async def stop(self, grace: float = 5.0) -> None:
        """Return when nobody is connected."""
        await self._listeners.stop()
        await super().stop(grace)


class _InsideListeners(Listeners):
    """Ports of this process in the place of listening sockets."""

    server: InsideServer

    def __init__(
        self,
        server: MailServer,
        certificates: Certificates,
        *,
        size: int = SIZE,
        each_its_own: bool = False,
    ) -> None:
        super().__init__(server, certificates, size=size, each_its_own=each_its_own)
        self._handshakes: set[asyncio.Task[None]] = set()

    async def of(self, namespace: str, *, own: bool = False) -> Ports:
        """Return where a namespace's mail goes."""
        if namespace not in self._own:
            self._own[namespace] = Ports(
                self.server.answer(lambda taken: self._plain(namespace, taken)),
                self.server.answer(lambda taken: self._secure(namespace, taken)),
            )
        return self._own[namespace]

    async def _plain(self, namespace: str, connection: socket.socket) -> asyncio.Transport:
        made, _ = await asyncio.get_running_loop().connect_accepted_socket(
            lambda: self.connected(namespace, implicit_tls=False), connection
        )
        return made

    async def _secure(self, namespace: str, connection: socket.socket) -> None:
        # The client shakes hands when it has the connection: that is not waited for.
        task = asyncio.get_running_loop().create_task(self._shake(namespace, connection))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _shake(self, namespace: str, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # a client that does not trust us has left
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: self.connected(namespace, implicit_tls=True), connection, ssl=self.context
            )
