"""`bounded_client`: a Valkey client that waits no longer than the deadline at hand, and never retries.

The client's own timeout is for one read; the sockets below are bounded as a whole instead. With TLS
(`rediss://`) it is the client's timeout that holds.
"""

from __future__ import annotations

import socket
from typing import Any

import valkey
from valkey.backoff import NoBackoff
from valkey.connection import Connection, SSLConnection, parse_url
from valkey.retry import Retry

from services.orders.resilience.sockets import BoundedSocket


def bounded_client(url: str, timeout: float) -> valkey.Valkey:
    """A client of the server at `url`; nothing is connected yet."""
    kind = parse_url(url).get("connection_class", Connection)
    if not issubclass(kind, SSLConnection):
        kind = type(f"Bounded{kind.__name__}", (_Bounded, kind), {})
    return valkey.Valkey.from_url(
        url,
        connection_class=kind,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )


class _Bounded:
    """Mixed into the client's connections."""

    def _connect(self) -> socket.socket:
        plain: Any = super()._connect()  # type: ignore[misc]  # of the class that it is mixed into
        return BoundedSocket.of(plain)
