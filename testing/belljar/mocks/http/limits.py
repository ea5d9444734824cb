"""`Limits` of what a server takes, and `Refusal`: what it says when a client goes beyond."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from belljar.mocks.http.messages import Response

__all__ = ["Limits", "Refusal", "Refuse", "refuse_in_json"]


@dataclass(frozen=True)
class Limits:
    """How much, and for how long; sizes in bytes, times in seconds.

    `pipelined` is how many requests of a connection wait for the one before them until no more
    is read from it.
    """

    body: int = 16 << 20
    headers: int = 64 << 10
    head_seconds: float = 10.0
    body_seconds: float = 30.0
    idle_seconds: float = 75.0
    write_seconds: float = 30.0
    pipelined: int = 64


@dataclass(frozen=True)
class Refusal:
    """A request that never reaches the app; `status` is 400, 408, 413, 417, 431 or 500."""

    status: int
    message: str
    fix: str


Refuse = Callable[[Refusal], Response]


def refuse_in_json(refusal: Refusal) -> Response:
    """The answer to a refused request where the protocol has no form of its own."""
    content = {"error": {"message": refusal.message, "fix": refusal.fix}}
    return Response.of_json(content, refusal.status)
