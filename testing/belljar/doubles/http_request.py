"""`Request`: a request as it came over the wire; `Conversation`: one connection of a client.

The client's own code wrote the bytes, and reads those of the answer: only the network is not there.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import h11

__all__ = ["Conversation", "Request", "plain_url"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True


@dataclass(frozen=True)
class Request:
    """What a client sent. The names of `headers` are in lower case."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    line: str = ""

    @property
    def bare_url(self) -> str:
        """The URL without its query."""
        return self.url.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's pairs, sorted."""
        return sorted(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Give the body as JSON; `None` if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def form(self) -> dict[str, str]:
        """Give the body as a form."""
        return dict(parse_qsl(self.text, keep_blank_values=True))

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


def plain_url(url: str) -> str:
    """Give a URL without a query as clients send it: the host in lower case, no usual port, a path, and escapes."""
    scheme, mark, rest = url.partition("://")
    if not mark:
        return url
    host, slash, path = rest.partition("/")
    usual = {"http": ":80", "https": ":443"}.get(scheme, "")
    host = host.lower().removesuffix(usual) if usual else host.lower()
    path = quote(f"{slash}{path}", safe="%/:@!$&'()*+,;=~")
    return f"{scheme}://{host}{path or ('' if host.endswith('*') else '/')}"


class Conversation:
    """Reads what a client writes; when a request is complete, `answer` gives the bytes that come back."""

    def __init__(self, origin: str, answer: Callable[[Request], bytes]) -> None:
        self.origin = origin
        self._answer = answer
        self._wire = h11.Connection(h11.SERVER)
        self._head: h11.Request | None = None
        self._body = b""
        self.waiting = b""
        self._broken: OSError | None = None

    def write(self, data: bytes) -> None:
        """Take what the client writes."""
        if not data:
            return  # to h11 that would be the end
        self._wire.receive_data(data)
        while True:
            event = self._wire.next_event()
            if event in (h11.NEED_DATA, h11.PAUSED):
                if self._wire.they_are_waiting_for_100_continue:
                    self.waiting += b"HTTP/1.1 100 Continue\r\n\r\n"
                    self._wire.send(h11.InformationalResponse(status_code=100, headers=[]))
                return
            if isinstance(event, h11.Request):
                self._head, self._body = event, b""
            elif isinstance(event, h11.Data):
                self._body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and self._head is not None:
                if self._head.method == b"CONNECT":
                    # A proxy: from here on the client speaks to the host behind it.
                    self._through(self._head.target.decode("ascii", "replace"))
                    return
                try:
                    self.waiting += self._answer(self._request(self._head))
                except OSError as error:
                    self._broken = error
                return
            else:
                return

    @property
    def is_ready(self) -> bool:
        """Whether a read gives something, or tells what went wrong."""
        return bool(self.waiting) or self._broken is not None

    def _through(self, address: str) -> None:
        self.origin = f"https://{address.removesuffix(':443')}"
        self.waiting += b"HTTP/1.1 200 Connection established\r\n\r\n"
        self._wire = h11.Connection(h11.SERVER)

    def read(self, size: int) -> bytes:
        """Give what comes back; nothing at the end. An answer that was lost is an error of the system's."""
        if self._broken is not None:
            raise self._broken
        data, self.waiting = self.waiting[:size], self.waiting[size:]
        return data

    def _request(self, head: h11.Request) -> Request:
        target = head.target.decode("ascii", "replace")
        headers: dict[str, str] = {}
        for name, text in head.headers:
            key, value = name.decode("ascii"), text.decode("latin-1")
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        url = target if target.startswith(("http://", "https://")) else self.origin + target
        return Request(head.method.decode("ascii"), url, headers, self._body)
