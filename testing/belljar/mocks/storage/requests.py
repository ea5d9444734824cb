"""`Call` and `Answer`: a request as S3's operations see it, and what they answer.

The address is split here once: bucket and key from the path or the host, the query with its order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote, unquote_plus

from belljar.mocks.storage.errors import S3Error

__all__ = ["Answer", "Call", "http_date", "make_call"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_VIRTUAL = re.compile(
    r"(?P<bucket>[a-z0-9][a-z0-9.-]*?)(?:\.s3)?\.localhost(?::\d+)?", re.IGNORECASE
)


@dataclass
class Call:
    """One request of a client."""

    method: str
    raw_path: str
    """As it was sent, still quoted: what a signature is over."""
    raw_query: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    bucket: str = ""
    key: str = ""
    query: dict[str, str] = field(default_factory=dict)
    space: str = ""
    """The namespace, which is the access key id."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def header(self, name: str, default: str = "") -> str:
        """Return a header."""
        return self.headers.get(name, default)

    def number(self, name: str, default: int, largest: int) -> int:
        """Return a number of the query. Raises `S3Error`."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not re.fullmatch(r"[0-9]{1,10}", text):
            raise S3Error(
                "InvalidArgument",
                f"Provided {name} not an integer or within integer range",
                extra={"ArgumentName": name, "ArgumentValue": text},
            )
        return min(int(text), largest)


@dataclass
class Answer:
    """What a client gets."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def make_call(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Call:
    """Return the call that an HTTP request is. Raises `S3Error` for an address that is none."""
    if not target.startswith("/"):
        target = "/" + target.partition("://")[2].partition("/")[2]  # as proxies are asked
    raw_path, _, raw_query = target.partition("?")
    call = Call(method, raw_path or "/", raw_query, headers, body)
    try:
        path = unquote(call.raw_path, errors="strict")
        for pair in raw_query.split("&") if raw_query else []:
            name, _, value = pair.partition("=")
            call.query[unquote_plus(name, errors="strict")] = unquote_plus(value, errors="strict")
    except UnicodeDecodeError:
        raise S3Error("InvalidURI") from None
    place = path[1:]
    if virtual := _VIRTUAL.fullmatch(headers.get("host", "")):
        call.bucket, call.key = virtual["bucket"].lower(), place
    else:
        call.bucket, _, call.key = place.partition("/")
    return call


def http_date(when: datetime) -> str:
    """Return a time as HTTP writes it, whatever the locale."""
    day, month = _DAYS[when.weekday()], _MONTHS[when.month - 1]
    return f"{day}, {when.day:02d} {month} {when.year} {when:%H:%M:%S} GMT"
