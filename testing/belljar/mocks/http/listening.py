"""`open_socket` and `url_of`: where a server listens."""

from __future__ import annotations

import socket

from belljar.mocks.errors import CannotListen

__all__ = ["open_socket", "url_of"]


def open_socket(
    host: str = "127.0.0.1", port: int = 0, descriptor: int | None = None
) -> socket.socket:
    """A listening socket: the inherited one, or a new one (port 0: a free one). Raises `CannotListen`."""
    if descriptor is not None:
        try:
            listening = socket.socket(fileno=descriptor)
            listening.getsockname()
        except OSError as error:
            raise CannotListen(
                f"--fd {descriptor}: {error.strerror}: "
                "pass the number of an open, bound socket that this process inherits"
            ) from error
    else:
        try:
            listening = socket.create_server((host, port), backlog=512)
        except (OSError, OverflowError) as error:
            raise CannotListen(
                f"--host {host} --port {port}: {error}: "
                "choose another address, or port 0 for a free one"
            ) from error
    listening.set_inheritable(False)
    return listening


def url_of(listening: socket.socket) -> str:
    """Where this socket is reached, such as `http://127.0.0.1:41873`."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
