"""`Injection`: a fault in the way of one request, and `Wire`, the hands that it is given.

    class CutInTheMiddle:
        name = "cut"

        async def __call__(self, request, answer, wire):
            whole = wire.serialise(await answer())   # the state has changed: the answer gets lost
            await wire.write(whole[: len(whole) // 2])
            wire.close()
            return None

What returns a `Response` has it sent; what returns None has done with the connection as it liked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from belljar.mocks.http.messages import Request, Response

__all__ = ["Answer", "Injection", "Injector", "Wire"]

Answer = Callable[[], Awaitable[Response]]


class Wire(Protocol):
    """A connection, as an injection may treat it; `gone` is done when the client has left."""

    @property
    def transport(self) -> asyncio.WriteTransport:
        """Where bytes go."""

    @property
    def gone(self) -> asyncio.Future[None]:
        """Done when the client has left."""

    def serialise(self, response: Response) -> bytes:
        """The bytes of an answer to this request."""

    async def write(self, data: bytes) -> None:
        """Send bytes; returns when the client has taken enough of them."""

    def close(self) -> None:
        """Take no more requests; close the connection when all is sent."""

    def reset(self) -> None:
        """Break the connection off: the client sees "connection reset by peer"."""


class Injection(Protocol):
    """A fault for one request; `name` stands in the journal."""

    name: str

    async def __call__(self, request: Request, answer: Answer, wire: Wire) -> Response | None:
        """Let `answer()` happen, or not, and give what is sent; None: it is sent, or never will be."""


# Decides per request; None is the rule.
Injector = Callable[[Request], Injection | None]
