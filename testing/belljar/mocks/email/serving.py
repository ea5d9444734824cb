"""`EmailServer`: the mock in a thread of this process; and `main`, the mock as a process."""

from __future__ import annotations

import socket
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from belljar.mocks.email.certificates import Certificates
from belljar.mocks.email.errors import CannotWrite
from belljar.mocks.email.mock import EmailMock
from belljar.mocks.email.smtp import SIZE
from belljar.mocks.errors import CannotListen
from belljar.mocks.http import HttpServer, Limits, ServerThread, open_socket, run

__all__ = ["EmailServer", "main"]


class _Server(HttpServer):
    """An HTTP server that takes mail besides, by these sockets."""

    def __init__(self, mock: EmailMock, smtp: socket.socket, smtps: socket.socket) -> None:
        super().__init__(mock, limits=Limits(body=4 << 20))
        self._listeners = mock.listeners
        self._sockets = (smtp, smtps)

    async def start(self, listening: socket.socket | None) -> None:
        """Return when mail and requests are taken."""
        await self._listeners.start(*self._sockets)
        await super().start(listening)

    async def stop(self, grace: float = 5.0) -> None:
        """Return when nobody is connected."""
        await self._listeners.stop()
        await super().stop(grace)


class EmailServer(ServerThread):
    """A server that runs until its `with` ends; each namespace that asks has ports of its own.

    with EmailServer() as server:
        inbox = Inbox(server.url, "a-namespace")
    """

    def __init__(self, *, size: int = SIZE) -> None:
        mock = EmailMock(Certificates(), size=size, each_its_own=True)
        smtp, smtps = open_socket(), open_socket()
        self.smtp_port: int = smtp.getsockname()[1]
        self.smtps_port: int = smtps.getsockname()[1]
        super().__init__(lambda: _Server(mock, smtp, smtps), name="belljar-email")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; return the exit status.

    `--fd` and `--port` are those of the HTTP API, as with every mock; `--smtp-fd` and its like those
    of mail. The authority of the certificate goes into the file `--ca`.
    """
    parser = ArgumentParser(prog="email", add_help=False, allow_abbrev=False)
    for name in ("smtp", "smtps"):
        where = parser.add_mutually_exclusive_group()
        where.add_argument(f"--{name}-fd", type=int, help="an inherited, bound socket")
        where.add_argument(f"--{name}-port", type=int, default=0, help="0, the default: a free one")
    parser.add_argument("--ca", type=Path, help="a file for the certificate to trust")
    parser.add_argument("--size", type=int, default=SIZE, help="the largest mail, in bytes")
    own, _ = parser.parse_known_args(arguments)

    def make() -> HttpServer:
        smtp = _open("smtp", own.smtp_port, own.smtp_fd)
        smtps = _open("smtps", own.smtps_port, own.smtps_fd)
        certificates = Certificates()
        if own.ca is not None:
            _write(own.ca, certificates.authority)
        print(f"email: SMTP on port {smtp.getsockname()[1]}, with TLS on {smtps.getsockname()[1]}")
        return _Server(EmailMock(certificates, size=own.size), smtp, smtps)

    return run("email", make, arguments, parser)


def _open(name: str, port: int, descriptor: int | None) -> socket.socket:
    try:
        return open_socket(port=port, descriptor=descriptor)
    except CannotListen as error:
        raise CannotListen(f"for {name}: {error}") from error


def _write(file: Path, authority: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(authority)
    except OSError as error:
        raise CannotWrite(f"--ca {file}: {error.strerror}: name a file") from error
