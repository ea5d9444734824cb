"""`InProcessTransport`: HTTP to an application in this process, without a socket or a server."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import FastAPI


class InProcessTransport(httpx.BaseTransport):
    """Carries httpx requests into an application in this process, without a socket or a server."""

    def __init__(self, app: FastAPI) -> None:
        """Call `app`, and answer 500 instead of raising what it raises, as a server would."""
        self._transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The application's answer."""

        async def send() -> httpx.Response:
            response = await self._transport.handle_async_request(
                httpx.Request(
                    request.method, request.url, headers=request.headers, content=request.read()
                )
            )
            body = await response.aread()
            return httpx.Response(response.status_code, headers=response.headers, content=body)

        return self._runner.run(send())

    def close(self) -> None:
        """Close the event loop."""
        self._runner.close()
