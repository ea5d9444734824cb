"""`serve`: one process that answers HTTP until SIGTERM or SIGINT, then ends what it began.

`announce` prints the one line to standard output that says when and where the service is ready,
with the port that it really has:

    orders: listening on http://127.0.0.1:41873
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
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


def serve(
    app: FastAPI,
    listening: socket.socket,
    *,
    grace: int,
    log_level: str,
    ready: Callable[[], None],
) -> None:
    """Return after a signal, when the requests in flight are answered or `grace` seconds passed.

    `ready` is called once, as soon as requests are answered.
    """
    config = uvicorn.Config(
        app,
        log_level=log_level,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=grace,
        backlog=512,
    )
    server = _TellingServer(config, ready)

    def already_handled(_signal: int, _frame: FrameType | None) -> None:
        """Uvicorn raises the signal again when it is done; by then it has been obeyed."""
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, already_handled)
    server.run(sockets=[listening])


def announce(url: str) -> None:
    """Print the line that says that the service is ready."""
    print(f"orders: listening on {url}", flush=True)


def url_of(listening: socket.socket) -> str:
    """Where this socket is reached, such as `http://127.0.0.1:41873`."""
    name = listening.getsockname()
    if listening.family is socket.AF_INET6:
        return f"http://[{name[0]}]:{name[1]}"
    if listening.family is socket.AF_INET:
        return f"http://{name[0]}:{name[1]}"
    return f"unix://{name}"


class _TellingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()
