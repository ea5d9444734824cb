"""`EmailServer`: the mock in a thread of this process; and `main`, the mock as a process."""

from __future__ import annotations

import socket
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from belljar.mocks.email.app import EmailApp
from belljar.mocks.email.certificates import Certificates
from belljar.mocks.email.listening import Listeners
from belljar.mocks.email.smtp import SIZE
from belljar.mocks.email.transaction import MailServer
from belljar.mocks.errors import CannotListen
from belljar.mocks.http import HttpServer, Limits, ServerThread, open_socket, run

__all__ = ["EmailServer", "main"]


class _Server(HttpServer):
    """An HTTP server that takes mail besides."""

    def __init__(
        self,
        smtp: socket.socket,
        smtps: socket.socket,
        certificates: Certificates,
        *,
        size: int = SIZE,
        each_its_own: bool = False,
    ) -> None:
        mail = MailServer()
        self._listeners = Listeners(mail, certificates, size=size, each_its_own=each_its_own)
        app = EmailApp(mail, self._listeners, certificates.authority)
        super().__init__(app, limits=Limits(body=4 << 20))
        self._sockets = (smtp, smtps)

    async def start(self, listening: socket.socket) -> None:
        """Return when mail and requests are taken."""
        await self._listeners.start(*self._sockets)
        await super().start(listening)

    async def stop(self, grace: float = 5.0) -> None:
        """Return when nobody is connected."""
        await self._listeners.stop()
        await super().stop(grace)


class EmailServer:
    """A server that runs until its `with` ends; each namespace has SMTP ports of its own.

    with EmailServer() as server:
        inbox = Inbox(server.url, "a-namespace")
    """

    def __init__(self, *, size: int = SIZE) -> None:
        certificates = Certificates()
        smtp, smtps = open_socket(), open_socket()
        self.smtp_port: int = smtp.getsockname()[1]
        self.smtps_port: int = smtps.getsockname()[1]
        self._thread = ServerThread(
            lambda: _Server(smtp, smtps, certificates, size=size, each_its_own=True),
            name="belljar-email",
        )
        self.url = self._thread.url

    def __enter__(self) -> EmailServer:
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
        self._thread.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; return the exit status.

    `--fd` and `--port` are those of the HTTP API, as with every mock; `--smtp-fd` and its like those
    of mail. The authority of the certificate goes into the file `--ca`.
    """
    parser = ArgumentParser(prog="email", add_help=False, allow_abbrev=False)
    for name in ("smtp", "smtps"):
        where = parser.add_mutually_exclusive_group()
        where.add_argument(f"--{name}-fd", type=int)
        where.add_argument(f"--{name}-port", type=int, default=0)
    parser.add_argument("--ca", type=Path)
    parser.add_argument("--size", type=int, default=SIZE)
    own, others = parser.parse_known_args(arguments)
    try:
        smtp = open_socket(port=own.smtp_port, descriptor=own.smtp_fd)
        smtps = open_socket(port=own.smtps_port, descriptor=own.smtps_fd)
    except CannotListen as error:
        print(f"email: {error}", file=sys.stderr)
        return 2
    certificates = Certificates()
    if own.ca is not None:
        try:
            own.ca.parent.mkdir(parents=True, exist_ok=True)
            own.ca.write_bytes(certificates.authority)
        except OSError as error:
            print(f"email: --ca {own.ca}: {error.strerror}: name a file", file=sys.stderr)
            return 2
    print(f"email: SMTP on port {smtp.getsockname()[1]}, with TLS on {smtps.getsockname()[1]}")

    return run("email", lambda: _Server(smtp, smtps, certificates, size=own.size), others)
