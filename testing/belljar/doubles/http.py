"""`Http`: what the fixture `http` gives; the HTTP servers of a test, for every client library in one way.

    http.get("https://api.test/users/*").responds(json={"id": 1})
    http.post("https://api.test/users", json={"name": "Ada"}).responds(503).responds(201)
    http.requests[0].headers["authorization"]

The clients are real down to the connection: what they retry, redirect, decode and raise is theirs. Faults of the
connection are planned with `faults.on("client")`, which works on these requests as on real ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, TypedDict, Unpack

from belljar.doubles.counting import often
from belljar.doubles.errors import BadExpectation, DoubleError, Refused, Unmet
from belljar.doubles.http_answer import Answer
from belljar.doubles.http_expected import ExpectedRequest
from belljar.doubles.http_request import Conversation, Request
from belljar.doubles.ledger import Ledger
from belljar.doubles.patterns import pattern
from belljar.doubles.places import caller
from belljar.doubles.spoken import Spoken

__all__ = ["Answer", "ExpectedRequest", "Http", "Request"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

PORTS = {"http": 80, "https": 443}
# Where mock services inside this process answer: belljar.mocks.inside.
INSIDE = "127.66.74.1"


class Told(TypedDict, total=False):
    """What a request is told by, beside its method and URL."""

    query: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    json: Any
    form: Mapping[str, str] | None
    body: str | bytes | None


class Http(Spoken):
    """The servers: `expect`, or `get`, `post` and so on; `requests` are those that came."""

    def __init__(self, ledger: Ledger) -> None:
        self.requests: list[Request] = []
        self._ledger = ledger
        self._expected: list[ExpectedRequest] = []
        self._let_through: list[str] = []
        self._patches = ExitStack()
        ledger.at_the_end(self._unmet)

    def install(self) -> None:
        """Stand between the client libraries and the network."""
        from belljar.doubles.http_clients import install

        install(self, self._patches)

    def close(self) -> None:
        """Let the clients reach the network again."""
        self._patches.close()

    def expect(
        self,
        method: str,
        url: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
    ) -> ExpectedRequest:
        """Expect a request: `*` stands for any text, `?*` for any query.

        What is not told is not looked at, but for the query: there is none then.
        """
        if not isinstance(method, str) or (not method.strip("*").isalpha() and method != "*"):
            raise self._ledger.error(
                BadExpectation,
                f"http.expect({method!r}, {url!r}): that is no method",
                choices=['"GET"', '"POST"', '"*"'],
                fix="say the method as a text, in front of the URL",
            )
        if not isinstance(url, str) or not url.startswith(("http://", "https://", "*")):
            raise self._ledger.error(
                BadExpectation,
                f"http.expect({method!r}, {url!r}): that is no whole URL",
                choices=["https://HOST/PATH", "http://HOST:PORT/PATH", "*/PATH"],
                fix="say the scheme and the host, too",
            )
        expected = ExpectedRequest(
            self._ledger,
            method,
            url,
            query=query,
            headers=headers or {},
            json=json,
            form=form,
            body=body,
        )
        self._expected.append(expected)
        return expected

    def get(self, url: str, **more: Unpack[Told]) -> ExpectedRequest:
        """Expect a GET."""
        return self.expect("GET", url, **more)

    def post(self, url: str, **more: Unpack[Told]) -> ExpectedRequest:
        """Expect a POST."""
        return self.expect("POST", url, **more)

    def put(self, url: str, **more: Unpack[Told]) -> ExpectedRequest:
        """Expect a PUT."""
        return self.expect("PUT", url, **more)

    def patch(self, url: str, **more: Unpack[Told]) -> ExpectedRequest:
        """Expect a PATCH."""
        return self.expect("PATCH", url, **more)

    def delete(self, url: str, **more: Unpack[Told]) -> ExpectedRequest:
        """Expect a DELETE."""
        return self.expect("DELETE", url, **more)

    def head(self, url: str, **more: Unpack[Told]) -> ExpectedRequest:
        """Expect a HEAD."""
        return self.expect("HEAD", url, **more)

    def options(self, url: str, **more: Unpack[Told]) -> ExpectedRequest:
        """Expect an OPTIONS."""
        return self.expect("OPTIONS", url, **more)

    def let_through(self, *addresses: str) -> None:
        """Let connections to these `HOST:PORT` be real, as those to a mock service; `*` stands for any text."""
        for each in addresses:
            if not isinstance(each, str) or "/" in each or ":" not in each:
                raise self._ledger.error(
                    BadExpectation,
                    f"http.let_through({each!r}): that is no address",
                    choices=['"127.0.0.1:*"', '"*.internal:8080"'],
                    fix="say HOST:PORT, without a scheme and a path",
                )
        self._let_through += addresses

    def is_real(self, host: str, port: int | None) -> bool:
        """Tell whether connections to this address are let through."""
        address = f"{host}:{port}"
        return host == INSIDE or any(pattern(each).fullmatch(address) for each in self._let_through)

    def conversation(self, scheme: str, host: str, port: int | None) -> Conversation:
        """Give the other end of a connection to this address."""
        shown = f"[{host}]" if ":" in host else host
        origin = f"{scheme}://{shown}"
        if port and port != PORTS.get(scheme):
            origin += f":{port}"
        return Conversation(origin, self._answer)

    def _answer(self, request: Request) -> bytes:
        request = replace(request, line=caller())
        self.requests.append(request)
        told = [(each.differences(request), each) for each in self._expected]
        fitting = [each for different, each in told if not different]
        for each in fitting:
            if not each.is_over:
                return each.take(request).encode(request.method)
        lines = [str(each) for each in self._expected]
        if fitting:
            summary = f"http: {request} came once more than expected"
            fix = "let it come: .times(...), .any_number(), or one more .responds(...)"
        else:
            summary = f"http: {request} was not expected"
            if told:
                different, nearest = min(told, key=lambda pair: len(pair[0]))
                summary += f"\n  nearest: {nearest}"
                summary += "".join(f"\n    {each}" for each in different)
            fix = f'http.expect("{request.method}", "{request.url}").responds(...), if it is right'
        raise self._ledger.complaint(
            Refused, summary, choices=lines or ["nothing is expected"], fix=fix
        )

    def _unmet(self) -> Iterable[DoubleError]:
        for each in self._expected:
            if each.came < each.least:
                yield self._ledger.error(
                    Unmet,
                    f"http: {each.method} {each.bare_url} was expected {often(each.least)}, and came {each.came} times",
                    line=each.line,
                    choices=[f"came: {request} ({request.line})" for request in self.requests]
                    or ["no request came"],
                    fix="let the code send it, or say .any_number()",
                )
