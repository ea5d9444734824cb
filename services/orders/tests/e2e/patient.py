"""`PatientTransport`: HTTP as a client of the shop should speak it, which comes back when it is asked to.

It sends a request again after 503, 409 `in_progress` and broken connections, waits as long as
`Retry-After` says, and does so only where the README of orders says that it is safe.
"""

from __future__ import annotations

import threading
import time

import httpx


class PatientTransport(httpx.BaseTransport):
    """Sends requests through `inner` until there is an answer, for so many seconds at most."""

    def __init__(self, inner: httpx.BaseTransport, seconds: float) -> None:
        """Wrap `inner`, which is closed with it."""
        self._inner = inner
        self._seconds = seconds
        self._pause = threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; the last one, or the last error, when the time is up."""
        until = time.monotonic() + self._seconds
        while True:
            try:
                response = self._inner.handle_request(request)
                response.read()
            except httpx.TransportError:
                if not _repeatable(request) or time.monotonic() > until:
                    raise
                self._pause.wait(0.1)
                continue
            if not _asks_for_another(response) or not _repeatable(request):
                return response
            seconds = float(response.headers.get("retry-after", "0.1"))
            if time.monotonic() + seconds > until:
                return response
            self._pause.wait(seconds)

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def _repeatable(request: httpx.Request) -> bool:
    return (
        request.method in ("GET", "HEAD", "PATCH")
        or "idempotency-key" in request.headers
        or request.url.path.endswith(("/payment", "/cancel"))
    )


def _asks_for_another(response: httpx.Response) -> bool:
    if response.status_code == 409:
        return bool(response.json().get("code") == "in_progress")
    return response.status_code == 503
