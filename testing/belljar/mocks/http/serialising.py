"""`serialise`: a response as the bytes that go over the wire."""

from __future__ import annotations

import time
from email.utils import formatdate
from http import HTTPStatus

from belljar.mocks.http.messages import Response

__all__ = ["CONTINUE", "serialise"]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_STATUS_LINES: dict[int, bytes] = {}
# The second, and the header for it: made once a second, not once a request.
_date: tuple[int, bytes] = (0, b"")


def serialise(response: Response, *, method: str = "GET", keep_alive: bool = True) -> bytes:
    """The whole answer. Raises `ValueError` for a header that would end its line early."""
    parts = [_status_line(response.status), _date_line()]
    if response.headers:
        parts.append(_header_lines(response.headers))
    bodiless = response.status < 200 or response.status in (204, 304)
    if not bodiless:
        parts.append(b"Content-Length: %d" % len(response.body))
    if not keep_alive:
        parts.append(b"Connection: close")
    parts.append(b"\r\n" if bodiless or method == "HEAD" else b"\r\n" + response.body)
    return b"\r\n".join(parts)


def _header_lines(headers: list[tuple[str, str]]) -> bytes:
    lines = "\r\n".join([f"{name}: {value}" for name, value in headers])
    ends = len(headers) - 1
    if lines.count("\n") != ends or lines.count("\r") != ends:
        for name, value in headers:
            if set("\r\n") & {*name, *str(value)}:
                raise ValueError(f"the header {name!r} has a line break in it: {value!r}")
    return lines.encode("latin-1", "replace")


def _status_line(status: int) -> bytes:
    line = _STATUS_LINES.get(status)
    if line is None:
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = "Status"  # a number of the test's own
        line = _STATUS_LINES[status] = f"HTTP/1.1 {status} {phrase}".encode()
    return line


def _date_line() -> bytes:
    global _date
    now = int(time.time())
    if _date[0] != now:
        _date = (now, f"Date: {formatdate(now, usegmt=True)}".encode())
    return _date[1]
