"""The point `client`: HTTP requests of the test's process, whatever library sends them.

`http.client` carries urllib, urllib3, requests, botocore and stripe; httpx has a way of its own. The
libraries are real, only what they read is not: what they raise is what they raise on a real network.
Requests to a mock's control API (`/_belljar/`) are no calls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from urllib.parse import urlsplit

from belljar.faults.answers import Actions, Answer, send
from belljar.faults.errors import WouldHang
from belljar.faults.fault import Fault
from belljar.faults.matching import Call
from belljar.faults.points.played import Playback
from belljar.faults.points.point import Point

__all__ = ["ClientPoint", "connect_failure"]

# What comes in place of a connection, and what the failure is.
REFUSED = "refused"
LATE = "late"


class ClientPoint(Point):
    """HTTP clients of the test's process."""

    name = "client"

    def install(self) -> None:
        """Put it into http.client, and into httpx where it is installed."""
        from belljar.faults.points.http_client import install

        install(self)
        if "httpx" in sys.modules or find_spec("httpx") is not None:
            from belljar.faults.points.httpx_client import install as install_httpx

            install_httpx(self)

    def decide(self, method: str, url: str, host: str) -> list[Fault]:
        """Give the faults of a request."""
        parts = urlsplit(url)
        if parts.path.startswith("/_belljar/"):
            return []
        path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        return self.engine.decide(Call(method, path, {"host": host}))

    def playback(self, answer: Answer, faults: list[Fault], what: str) -> Playback:
        """Give what the client is to read."""
        for fault in faults:
            if change := fault.definition.answer:
                answer = change(answer, fault.values)
        # What is played is no connection to be used again.
        sent = answer.with_header("Connection", "close")
        return Playback(_sent(sent, faults), self.hang(what))

    def hang(self, what: str) -> Callable[[], WouldHang]:
        """Give what makes the error of a client that has no timeout."""
        return lambda: self.would_hang(
            f"{what} waits", "give the client a timeout: a lost answer is never told"
        )


def _sent(answer: Answer, faults: list[Fault]) -> Actions:
    actions: Actions = (send(answer.encode()),)
    for fault in faults:
        if change := fault.definition.actions:
            actions = change(actions, fault.values)
    return actions


def connect_failure(faults: list[Fault]) -> str:
    """Tell whether the connection does not come about: `refused`, `late`, or nothing."""
    for fault in faults:
        if fault.kind == "refuse":
            return REFUSED
        if fault.kind == "timeout" and fault["phase"] == "connect":
            return LATE
    return ""
