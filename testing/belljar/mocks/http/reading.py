"""`RequestReader`: bytes of one connection in, whole requests out; or the refusal that ends it."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import httptools

from belljar.mocks.http.limits import Limits, Refusal
from belljar.mocks.http.messages import Request

__all__ = ["RequestReader"]

# Names of headers as they come, each made once.
_NAMES: dict[bytes, str] = {}
_NAMES_KEPT = 1000


class RequestReader:
    """Reads requests until it is `deaf`: a refusal is the last thing that it gives.

    `phase` is what it waits for: a request ("idle"), the rest of its "head" or of its "body". `moved` is
    true when that has changed; whoever keeps the time makes it false. `go_on` is called for a client
    that asks before it sends a body.
    """

    def __init__(
        self,
        limits: Limits,
        give: Callable[[Request | Refusal], None],
        go_on: Callable[[], None],
    ) -> None:
        self.deaf = False
        self.phase = "idle"
        self.moved = False
        self._limits = limits
        self._give = give
        self._go_on = go_on
        self._parser = httptools.HttpRequestParser(self)
        self._begun = 0  # messages that began in the bytes at hand
        self._head_size = 0
        self._target = b""
        self._headers: dict[str, str] = {}
        self._chunks: list[bytes] = []
        self._body_size = 0

    def feed(self, data: bytes) -> None:
        """Take bytes; give what is complete."""
        if self.deaf:
            return
        before = self.phase
        self._begun = 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # It was given as an ordinary request; what follows is no HTTP.
            self.deaf = True
        except httptools.HttpParserError as error:
            self.refuse(Refusal(400, f"this is no HTTP request: {error}", _hint(data)))
        else:
            if self.phase == "head" and before != "body" and self._begun <= 1:
                # The parser keeps what it has of a header, however long, so it is counted here.
                self._head_size += len(data)
                self._check_head(self._head_size)

    def refuse(self, refusal: Refusal) -> None:
        """Give a refusal, unless nothing is read any more, and read nothing more."""
        if not self.deaf:
            self.deaf = True
            self._give(refusal)

    # What httptools calls.

    def on_message_begin(self) -> None:
        """A request line comes."""
        self._begun += 1
        self.phase = "head"
        self.moved = True
        self._head_size = 0
        self._target = b""
        self._headers = {}
        self._chunks = []
        self._body_size = 0

    def on_url(self, url: bytes) -> None:
        """Its target, or a part of it."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        known = _NAMES.get(name)
        if known is None:
            known = name.decode("latin-1").lower()
            if len(_NAMES) < _NAMES_KEPT:
                _NAMES[name] = known
        text = value.decode("latin-1")
        headers = self._headers
        headers[known] = f"{headers[known]}, {text}" if known in headers else text

    def on_headers_complete(self) -> None:
        """Look whether the rest is wanted."""
        if self.deaf:
            return
        self.phase = "body"
        self.moved = True
        headers = self._headers
        size = len(self._target) + sum(map(len, headers)) + sum(map(len, headers.values()))
        if self._check_head(size):
            return
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > self._limits.body:
            self.refuse(self._too_long(int(length)))
        elif (expected := headers.get("expect")) is None:
            return
        elif expected.lower() != "100-continue":
            self.refuse(Refusal(417, f"Expect: {expected} is not understood", "leave it out"))
        else:
            self._go_on()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self.deaf:
            return
        self._body_size += len(body)
        if self._body_size > self._limits.body:
            self._chunks = []
            self.refuse(self._too_long(self._body_size))
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        """A request is there."""
        self.phase = "idle"
        if self.deaf:
            return
        parser = self._parser
        target = self._target.decode("latin-1")
        path, _, query = target.partition("?")
        if path[:1] != "/" and "://" in path:
            path = "/" + path.partition("://")[2].partition("/")[2]  # as proxies are asked
        chunks = self._chunks
        keep_alive = parser.should_keep_alive()
        self._give(
            Request(
                parser.get_method().decode("latin-1"),
                unquote(path) if "%" in path else path,
                query,
                self._headers,
                chunks[0] if len(chunks) == 1 else b"".join(chunks),
                target=target,
                keep_alive=keep_alive,
            )
        )
        self._chunks = []  # the request has them
        if not keep_alive:
            self.deaf = True

    def _check_head(self, size: int) -> bool:
        if size <= self._limits.headers:
            return False
        message = f"the request line and headers are longer than {self._limits.headers} bytes"
        self.refuse(Refusal(431, message, "send shorter or fewer headers"))
        return True

    def _too_long(self, length: int) -> Refusal:
        message = f"the body has {length} bytes or more, and {self._limits.body} are taken"
        return Refusal(413, message, "send a shorter one")


def _hint(data: bytes) -> str:
    if data[:2] == b"\x16\x03":
        return "this port speaks plain HTTP: use http:// and not https://"
    return "send HTTP/1.1"
