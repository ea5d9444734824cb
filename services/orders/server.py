"""`serve`: one process that answers HTTP until SIGTERM or SIGINT, then ends what it began.

When it is ready it prints one line to standard output, with the port that it really has:

    orders: listening on http://127.0.0.1:41873
"""

from __future__ import annotations

import signal
import socket
from types import FrameType

import uvicorn
from fastapi import FastAPI


class CannotListen(Exception):
    """The address or the inherited socket cannot be listened on."""


def open_socket(host: str, port: int, descriptor: int | None) -> socket.socket:
    """A listening socket: the inherited one, or a new one at `host` and `port` (0: a free port).

    Raises `CannotListen`.
    """
    if descriptor is not None:
        try:
            listening = socket.socket(fileno=descriptor)
        except OSError as error:
            raise CannotListen(
                f"ORDERS_SOCKET_FD {descriptor}: {error.strerror}: "
                "pass the number of an open, bound socket that this process inherits"
            ) from error
    else:
        try:
            listening = socket.create_server((host, port), backlog=512, reuse_port=False)
        except OSError as error:
            raise CannotListen(
                f"ORDERS_HOST {host!r}, ORDERS_PORT {port}: {error.strerror}: "
                "choose another address, or port 0 for a free one"
            ) from error
    listening.set_inheritable(False)
    return listening


def serve(app: FastAPI, listening: socket.socket, *, grace: int, log_level: str) -> None:
    """Return after a signal, when the requests in flight are answered or `grace` seconds passed."""
    config = uvicorn.Config(
        app,
        log_level=log_level,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=grace,
        backlog=512,
    )
    server = _AnnouncingServer(config, listening)

    def already_handled(_signal: int, _frame: FrameType | None) -> None:
        """Uvicorn raises the signal again when it is done; by then it has been obeyed."""
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, already_handled)
    server.run(sockets=[listening])


class _AnnouncingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, listening: socket.socket) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"orders: listening on {_url(self._listening)}", flush=True)


def _url(listening: socket.socket) -> str:
    name = listening.getsockname()
    if listening.family is socket.AF_INET6:
        return f"http://[{name[0]}]:{name[1]}"
    if listening.family is socket.AF_INET:
        return f"http://{name[0]}:{name[1]}"
    return f"unix://{name}"
