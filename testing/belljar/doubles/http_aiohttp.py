"""Connections of aiohttp that end at the servers of the fixture `http`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import SocketTimeoutError, TCPConnector
from aiohttp.client_proto import ResponseHandler

if TYPE_CHECKING:
    from belljar.doubles.http import Http
    from belljar.doubles.http_request import Conversation

__all__ = ["install"]


def install(servers: Http, replace: Callable[[Any, str, Any], None]) -> None:
    """Let aiohttp's connector for TCP connect to the servers."""
    real = TCPConnector._create_connection

    async def _create_connection(self: Any, req: Any, traces: Any, timeout: Any) -> ResponseHandler:
        host, port = req.url.host, req.url.port
        if servers.is_real(host, port):
            return await real(self, req, traces, timeout)
        loop = asyncio.get_running_loop()
        protocol = ResponseHandler(loop)
        conversation = servers.conversation(req.url.scheme, host, port)
        protocol.connection_made(_Transport(loop, protocol, conversation))
        return protocol

    replace(TCPConnector, "_create_connection", _create_connection)


class _Transport(asyncio.Transport):
    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol: ResponseHandler,
        conversation: Conversation,
    ) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._conversation = conversation
        self._closing = False

    def write(self, data: Any) -> None:
        try:
            self._conversation.write(bytes(data))
        except AssertionError as error:
            # What the writer raises is hidden by the client; what the reader gets is not.
            self._protocol.set_exception(error)
            return
        if self._conversation.is_ready:
            self._loop.call_soon(self._deliver)

    def _deliver(self) -> None:
        try:
            data = self._conversation.read(1 << 30)
        except TimeoutError as error:
            self._protocol.set_exception(SocketTimeoutError(str(error)))
        except OSError as error:
            self._protocol.connection_lost(error)
        else:
            self._protocol.data_received(data)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0
