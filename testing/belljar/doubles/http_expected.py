"""`ExpectedRequest`: a request that a test expects, and its answers, one for each time that it comes."""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from belljar.doubles.counting import FOREVER, often
from belljar.doubles.http_request import Request
from belljar.doubles.patterns import pattern
from belljar.doubles.places import caller

__all__ = ["Answer", "ExpectedRequest"]


@dataclass(frozen=True)
class Answer:
    """What comes back."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def encode(self, method: str) -> bytes:
        """Give it as bytes on the wire, after which the connection is closed."""
        try:
            reason = HTTPStatus(self.status).phrase
        except ValueError:
            reason = "Unknown"
        headers = {"Content-Length": str(len(self.body)), **self.headers, "Connection": "close"}
        if self.status in (204, 304):
            del headers["Content-Length"]
        lines = [f"HTTP/1.1 {self.status} {reason}", *(f"{k}: {v}" for k, v in headers.items())]
        body = b"" if method == "HEAD" or self.status in (204, 304) else self.body
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class ExpectedRequest:
    """A request with its answers; each method gives it back, so that they are said in a row.

    Without an answer it is 200 and empty, once. Each `responds` is for one more time; `any_number` lets the last
    one come as often as it is asked for, or never.
    """

    def __init__(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str],
        json: Any,
        form: Mapping[str, str] | None,
        body: str | bytes | None,
    ) -> None:
        self.line = caller()
        self.method = method.upper()
        self.bare_url, mark, told = url.partition("?")
        self.any_query = told == "*"
        pairs = parse_qsl(told, keep_blank_values=True) if mark and not self.any_query else []
        self.query = sorted([*pairs, *(query or {}).items()])
        self.headers = {name.lower(): text for name, text in headers.items()}
        self.json, self.form = json, form
        self.body = body.encode() if isinstance(body, str) else body
        self._url = pattern(self.bare_url)
        self._answers: list[Answer | Callable[[Request], Answer]] = []
        self._count: tuple[int, int] | None = None
        self.came = 0

    def responds(
        self,
        status: int = 200,
        *,
        json: Any = None,
        text: str = "",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> ExpectedRequest:
        """Answer once more, with this."""
        told = dict(headers or {})
        names = {name.lower() for name in told}
        if json is not None:
            body = json_module.dumps(json).encode()
            told |= {} if "content-type" in names else {"Content-Type": "application/json"}
        elif text:
            body = text.encode()
            told |= {} if "content-type" in names else {"Content-Type": "text/plain; charset=utf-8"}
        self._answers.append(Answer(status, told, body))
        return self

    def calls(self, function: Callable[[Request], Answer]) -> ExpectedRequest:
        """Answer once more, with what this makes of the request."""
        self._answers.append(function)
        return self

    def times(self, count: int) -> ExpectedRequest:
        """Expect it so many times; the last answer is for all that are left."""
        self._count = (count, count)
        return self

    def any_number(self) -> ExpectedRequest:
        """Let it come any number of times, or never."""
        self._count = (0, FOREVER)
        return self

    @property
    def least(self) -> int:
        """How often it has to come."""
        return self._count[0] if self._count else max(1, len(self._answers))

    @property
    def most(self) -> int:
        """How often it may come."""
        return self._count[1] if self._count else max(1, len(self._answers))

    @property
    def is_over(self) -> bool:
        """Whether it may come no more."""
        return self.came >= self.most

    def differences(self, request: Request) -> list[str]:
        """Give what of the request is not as expected; nothing if it is the one."""
        different = []
        if self.method not in ("*", request.method):
            different.append(f"method: {request.method}, expected {self.method}")
        if not self._url.fullmatch(request.bare_url):
            different.append(f"url: {request.bare_url}, expected {self.bare_url}")
        if not self.any_query and not _same(request.query, self.query):
            shown = urlencode(request.query) or "none", urlencode(self.query) or "none"
            different.append(f"query: {shown[0]}, expected {shown[1]}")
        for name, text in self.headers.items():
            came = request.headers.get(name)
            if came is None or not pattern(text).fullmatch(came):
                different.append(f"header {name}: {came!r}, expected {text!r}")
        if self.json is not None and request.json() != self.json:
            different.append(f"json: {request.text[:300]}, expected {json_module.dumps(self.json)}")
        if self.form is not None and request.form() != dict(self.form):
            different.append(f"form: {request.text[:300]}, expected {urlencode(self.form)}")
        if self.body is not None and request.body != self.body:
            different.append(f"body: {request.body[:300]!r}, expected {self.body!r}")
        return different

    def take(self, request: Request) -> Answer:
        """Give the answer that is next."""
        self.came += 1
        if not self._answers:
            return Answer()
        answer = self._answers[min(self.came, len(self._answers)) - 1]
        return answer if isinstance(answer, Answer) else answer(request)

    def __str__(self) -> str:
        query = "?*" if self.any_query else f"?{urlencode(self.query)}" if self.query else ""
        return f"{self.method} {self.bare_url}{query}, {often(self.least, self.most)} (came {self.came}; {self.line})"


def _same(came: list[tuple[str, str]], expected: list[tuple[str, str]]) -> bool:
    return len(came) == len(expected) and all(
        mine[0] == its[0] and pattern(its[1]).fullmatch(mine[1])
        for mine, its in zip(came, expected, strict=True)
    )
