"""`Answer`: what comes back for a request, and what a test may say in its place."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

__all__ = ["Answer", "Headers", "answer_of", "make_answer"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

# Pairs, where a name comes more than once, as Set-Cookie does.
Headers = Mapping[str, str] | Iterable[tuple[str, str]]
NO_BODY = (204, 304)


@dataclass(frozen=True)
class Answer:
    """What comes back."""

    status: int = 200
    headers: Headers = field(default_factory=dict)
    body: bytes = b""

    def encode(self, method: str) -> bytes:
        """Give it as bytes on the wire, after which the connection is closed."""
        try:
            reason = HTTPStatus(self.status).phrase
        except ValueError:
            reason = "Unknown"
        told = [pair for pair in pairs_of(self.headers) if pair[0].lower() != "connection"]
        names = {name.lower() for name, _ in told}
        if self.status not in NO_BODY and not names & {"content-length", "transfer-encoding"}:
            told.insert(0, ("Content-Length", str(len(self.body))))
        told.append(("Connection", "close"))
        lines = [f"HTTP/1.1 {self.status} {reason}", *(f"{name}: {text}" for name, text in told)]
        body = b"" if method == "HEAD" or self.status in NO_BODY else self.body
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def make_answer(
    status: Any = 200,
    *,
    json: Any = None,
    text: Any = "",
    body: Any = b"",
    headers: Headers | None = None,
) -> Answer:
    """Give the answer; a `TypeError` or `ValueError` says what no server can say."""
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise ValueError(f"the status {status!r}: it is a number from 200 to 599")
    if not isinstance(text, str):
        raise TypeError(f"text={text!r}: that is no text; body= takes bytes")
    if not isinstance(body, bytes):
        raise TypeError(f"body={body!r}: that are no bytes; text= takes text, json= all else")
    told = pairs_of(headers or {})
    typed = any(name.lower() == "content-type" for name, _ in told)
    if json is not None:
        body = json_module.dumps(json).encode()
        told += [] if typed else [("Content-Type", "application/json")]
    elif text:
        body = text.encode()
        told += [] if typed else [("Content-Type", "text/plain; charset=utf-8")]
    return Answer(status, told, body)


def answer_of(said: Any) -> Answer:
    """Give what a function's result stands for: a status, text, bytes, JSON, or `(status, one of them)`."""
    status = 200
    if isinstance(said, tuple) and len(said) == 2 and isinstance(said[0], int):
        status, said = said
    if isinstance(said, Answer):
        return said
    if isinstance(said, bytes):
        return make_answer(status, body=said)
    if isinstance(said, str):
        return make_answer(status, text=said)
    if isinstance(said, dict | list):
        return make_answer(status, json=said)
    if isinstance(said, int):
        return make_answer(said)
    raise TypeError(f"{said!r} is no answer")


def pairs_of(headers: Headers) -> list[tuple[str, str]]:
    """Give the headers one by one; a value that is no text is a `TypeError`."""
    told = headers.items() if isinstance(headers, Mapping) else headers
    pairs = []
    for pair in told:
        if not (
            isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(e, str) for e in pair)
        ):
            raise TypeError(f"the header {pair!r}: name and value are texts")
        pairs.append(pair)
    return pairs
