"""`Request` and `Response`: what an app of `belljar.mocks.http` is given, and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from belljar.mocks.journal import Entry

__all__ = ["App", "Request", "Response"]


class Request:
    """One whole request; header names are in lower case, and repeated ones joined by commas.

    `path` is decoded, `target` is what stood in the request line, `query` what came after its `?`.
    `namespace` is empty until the app has found out whose request it is.
    """

    __slots__ = (
        "body",
        "entry",
        "headers",
        "keep_alive",
        "method",
        "namespace",
        "path",
        "query",
        "target",
    )

    def __init__(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        namespace: str = "",
        *,
        target: str = "",
        keep_alive: bool = True,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.body = body
        self.namespace = namespace
        self.target = target or path
        self.keep_alive = keep_alive
        self.entry: Entry | None = None  # its line in the journal, once it has one

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.target}>"

    @property
    def arguments(self) -> dict[str, list[str]]:
        """The query's values by name, in their order."""
        return parse_qs(self.query, keep_blank_values=True)

    def argument(self, name: str, default: str = "") -> str:
        """The last value that the query has for this name."""
        return self.arguments.get(name, [default])[-1] if self.query else default

    def json(self) -> object:
        """The body as JSON. Raises `ValueError`."""
        return json.loads(self.body)


class Response:
    """An answer: `Response(200, {"Content-Type": "text/plain"}, b"yes")`.

    `Content-Length`, `Date` and `Connection` are the server's business. `unmatched` is set where
    the mock has no answer to such a request: why, and what comes nearest; it fails the test.
    """

    __slots__ = ("body", "headers", "status", "unmatched")

    def __init__(
        self,
        status: int = 200,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        *,
        unmatched: str = "",
    ) -> None:
        self.status = status
        self.headers: list[tuple[str, str]] = list(
            headers.items() if isinstance(headers, Mapping) else headers
        )
        self.body = body
        self.unmatched = unmatched

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.body)} bytes>"

    @classmethod
    def of_json(
        cls, content: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """An answer with `content` as JSON."""
        body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        return cls(status, {"Content-Type": "application/json"} | dict(headers or {}), body)


App = Callable[[Request], Response | Awaitable[Response]]
