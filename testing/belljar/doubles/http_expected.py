"""`ExpectedRequest`: a request that a test expects, and its answers, one for each time that it comes."""

from __future__ import annotations

import errno
import json as json_module
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from belljar.doubles.counting import often
from belljar.doubles.errors import BadExpectation
from belljar.doubles.http_answer import Answer, Headers, answer_of, make_answer
from belljar.doubles.http_request import Request, plain_url
from belljar.doubles.ledger import Ledger
from belljar.doubles.patterns import alike, pattern
from belljar.doubles.turns import Turns

__all__ = ["ExpectedRequest"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True


class ExpectedRequest(Turns[Answer | OSError | Callable[[Request], Any]]):
    """A request with its answers; each method gives it back, so that they are said in a row.

    Without an answer it is 200 and empty, once. Each `responds` is for one more time; `any_number` lets the last
    one come as often as it is asked for, or never.
    """

    def __init__(
        self,
        ledger: Ledger,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str],
        json: Any,
        form: Mapping[str, str] | None,
        body: str | bytes | None,
    ) -> None:
        super().__init__(ledger)
        self.method = method.upper()
        bare_url, mark, told = url.partition("?")
        self.bare_url = plain_url(bare_url)
        self.any_query = told == "*"
        pairs = parse_qsl(told, keep_blank_values=True) if mark and not self.any_query else []
        more = [(name, str(text)) for name, text in (query or {}).items()]
        self.query = sorted([*pairs, *more])
        self.headers = {name.lower(): text for name, text in headers.items()}
        self.json, self.form = json, form
        self.body = body.encode() if isinstance(body, str) else body
        self._url = pattern(self.bare_url)

    def responds(
        self,
        status: int = 200,
        *,
        json: Any = None,
        text: str = "",
        body: bytes = b"",
        headers: Headers | None = None,
    ) -> ExpectedRequest:
        """Answer once more, with this; headers are a mapping, or pairs where a name comes twice."""
        try:
            answer = make_answer(status, json=json, text=text, body=body, headers=headers)
        except (TypeError, ValueError) as error:
            raise self._ledger.error(
                BadExpectation,
                f"http: {self.method} {self.bare_url} responds with {error}",
                choices=[
                    "responds(503)",
                    'responds(json={"id": 1})',
                    'responds(404, text="no", headers={"X": "1"})',
                ],
                fix="say an answer that a server can give",
            ) from None
        return self._turn(answer)

    def calls(self, function: Callable[[Request], Any]) -> ExpectedRequest:
        """Answer once more, with what this makes of the request: an `Answer`, a status, text, bytes, or JSON."""
        if not callable(function):
            raise self._not_an_answer(f"calls({function!r}): that is no function")
        return self._turn(function)

    def times_out(self) -> ExpectedRequest:
        """Come, and not be answered once more: the client's own error of a timeout, without the wait."""
        return self._turn(TimeoutError("timed out"))

    def breaks(self) -> ExpectedRequest:
        """Come, and have its connection reset once more: the client's own error."""
        return self._turn(ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"))

    def differences(self, request: Request) -> list[str]:
        """Give what of the request is not as expected; nothing if it is the one."""
        different = []
        if self.method not in ("*", request.method):
            different.append(f"method: {request.method}, expected {self.method}")
        if not self._url.fullmatch(request.bare_url):
            different.append(f"url: {request.bare_url}, expected {self.bare_url}")
        if not self.any_query and not _same(request.query, self.query):
            told = urlencode(self.query) or "none"
            different.append(f"query: {urlencode(request.query) or 'none'}, expected {told}")
        for name, text in self.headers.items():
            came = request.headers.get(name)
            if came is None or not pattern(text).fullmatch(came):
                different.append(f"header {name}: {came!r}, expected {text!r}")
        if self.json is not None and not alike(request.json(), self.json):
            shown = json_module.dumps(self.json, default=repr)
            different.append(f"json: {request.text[:300]}, expected {shown}")
        if self.form is not None and not alike(request.form(), dict(self.form)):
            different.append(f"form: {request.text[:300]}, expected {urlencode(self.form)}")
        if self.body is not None and request.body != self.body:
            different.append(f"body: {request.body[:300]!r}, expected {self.body!r}")
        return different

    def take(self, request: Request) -> Answer:
        """Give the answer that is next."""
        turn = self._next()
        if turn is None:
            return Answer()
        if isinstance(turn, Answer):
            return turn
        if isinstance(turn, OSError):
            raise turn
        said = turn(request)
        try:
            return answer_of(said)
        except (TypeError, ValueError) as error:
            wrong = self._not_an_answer(f"the function of .calls: {error}")
            self._ledger.complaints.append(wrong)
            raise wrong from None

    def _not_an_answer(self, what: str) -> BadExpectation:
        return self._ledger.error(
            BadExpectation,
            f"http: {self.method} {self.bare_url}: {what}",
            choices=[
                "Answer(404, body=b'no')",
                "(404, 'no')",
                "{'id': 1}, a list",
                "'text', b'bytes'",
                "404",
            ],
            fix=".calls(lambda request: {...}); Answer is in belljar.doubles",
        )

    def __str__(self) -> str:
        query = "?*" if self.any_query else f"?{urlencode(self.query)}" if self.query else ""
        return f"{self.method} {self.bare_url}{query}, {often(self.least, self.most)} (came {self.came}; {self.line})"


def _same(came: list[tuple[str, str]], expected: list[tuple[str, str]]) -> bool:
    return len(came) == len(expected) and all(
        mine[0] == its[0] and pattern(its[1]).fullmatch(mine[1])
        for mine, its in zip(came, expected, strict=True)
    )
