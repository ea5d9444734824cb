"""`ConnectionWire`: a connection in the hands of an injection."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys
from typing import TYPE_CHECKING

from belljar.mocks.http.messages import Request, Response
from belljar.mocks.http.serialising import serialise

if TYPE_CHECKING:
    from belljar.mocks.http.protocol import HttpProtocol

__all__ = ["ConnectionWire"]

# l_onoff and l_linger: closing sends a reset.
_RESET = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)


class ConnectionWire:
    """What `belljar.mocks.http.Wire` promises, for one request of a connection."""

    def __init__(self, protocol: HttpProtocol, request: Request) -> None:
        self._protocol = protocol
        self._request = request

    @property
    def transport(self) -> asyncio.WriteTransport:
        """Where bytes go."""
        transport = self._protocol.transport
        if transport is None:
            raise asyncio.CancelledError  # the client has left: there is nobody to work for
        return transport

    @property
    def gone(self) -> asyncio.Future[None]:
        """Done when the client has left."""
        return self._protocol.gone

    def serialise(self, response: Response) -> bytes:
        """The bytes of an answer to this request."""
        request = self._request
        return serialise(response, method=request.method, keep_alive=request.keep_alive)

    async def write(self, data: bytes) -> None:
        """Send bytes; returns when the client has taken enough of them."""
        self._protocol.write(data)
        if (writable := self._protocol.writable) is not None:
            await writable.wait()

    def close(self) -> None:
        """Take no more requests; close the connection when all is sent."""
        self._protocol.take_no_more()
        if (transport := self._protocol.transport) is not None:
            transport.close()

    def reset(self) -> None:
        """Break the connection off: the client sees "connection reset by peer"."""
        self._protocol.take_no_more()
        if (transport := self._protocol.transport) is not None:
            connection = transport.get_extra_info("socket")
            if told := transport.get_extra_info("belljar_break"):
                told()  # in memory: see belljar.mocks.inside
            # A copy, because uvloop's own can't be told; an option is of the connection.
            with socket.socket(fileno=os.dup(connection.fileno())) as copy:
                copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            transport.abort()
