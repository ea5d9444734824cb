"""`RequestLog` and `RequestDeadline`: every request gets an identifier, a line in the log, and an end."""

from __future__ import annotations

import logging
import secrets
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.orders.resilience.deadlines import begin

_log = logging.getLogger("services.orders.requests")


class RequestLog:
    """ASGI middleware that answers with `X-Request-ID`: the caller's own, or a new one."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and log how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = Headers(scope=scope).get("x-request-id", "")
        if not (request_id.isascii() and request_id.isprintable() and 0 < len(request_id) <= 64):
            request_id = secrets.token_hex(8)
        status = 500
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            _log.info(
                "%s %s %d %.1f ms %s",
                scope["method"],
                scope["path"],
                status,
                milliseconds,
                request_id,
            )


class RequestDeadline:
    """ASGI middleware that gives each request its deadline: all its waits are within it."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        """Wrap `app`."""
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; what waits too long for a neighbour raises where it waits."""
        with begin(self._seconds):
            await self._app(scope, receive, send)
