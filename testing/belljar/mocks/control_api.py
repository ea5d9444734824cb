"""`ControlApi`: what tests say to a mock and ask of it, the same for every mock.

| control API | |
|---|---|
| `GET /_belljar/ready` | 200 as soon as there is an answer |
| `GET /_belljar/ns` | the namespaces there are |
| `GET /_belljar/ns/NAME/journal` | requests and answers; `?after=12`, `?unmatched=1` |
| `POST /_belljar/ns/NAME/reset` | a namespace as new |
| `GET PUT DELETE /_belljar/ns/NAME/faults` | what was injected; a fault plan; none |

and what the mock adds. Errors are `{"error": {"message", "fix"}}`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from belljar.mocks.control_faults import FaultBoundaries
from belljar.mocks.errors import ControlRefused
from belljar.mocks.http.messages import Request, Response
from belljar.mocks.namespaces import Namespace, Namespaces

__all__ = ["PREFIX", "ControlApi", "Controlled", "json_of", "number_of"]

S = TypeVar("S")
PREFIX = "/_belljar/"
ROUTES = ("journal", "reset", "faults")


class Controlled(Protocol[S]):
    """A mock as its control API knows it: state by namespace."""

    name: str
    # The routes that `control` knows, for messages.
    routes: tuple[str, ...] = ()
    # Where faults may happen, name -> family; the first is that of its requests.
    boundaries: Mapping[str, str]

    def new(self, namespace: str) -> S:
        """The state of a new namespace."""

    def drop(self, state: S) -> None:
        """End what works for a state that is forgotten."""
        return

    def control(
        self, space: Namespace[S], request: Request, route: str
    ) -> Response | Awaitable[Response] | None:
        """The answer to `/_belljar/ns/NAME/{route}`; None for a route that it does not have."""
        return None


class ControlApi(Generic[S]):
    """Answers the requests below `PREFIX`; it has the namespaces and the fault plans."""

    def __init__(self, mock: Controlled[S]) -> None:
        self._mock = mock
        self.faults = FaultBoundaries(mock.name, mock.boundaries)
        self.namespaces = Namespaces(mock.new, self._dropped)

    def __call__(self, request: Request) -> Response | Awaitable[Response]:
        """Answer a request."""
        try:
            answer = self._route(request)
        except ControlRefused as refused:
            return _refused(refused)
        return answer if isinstance(answer, Response) else _later(answer)

    def _route(self, request: Request) -> Response | Awaitable[Response]:
        first, _, rest = request.path.removeprefix(PREFIX).partition("/")
        method = request.method
        if first == "ready" and not rest:
            return Response.of_json({"ready": True, "mock": self._mock.name})
        if first == "ns" and not rest:
            return Response.of_json({"namespaces": self.namespaces.names()})
        name, _, route = rest.partition("/")
        if first != "ns" or not route:
            raise ControlRefused(
                f"there is no {request.path}",
                f"use {PREFIX}ready, {PREFIX}ns or {PREFIX}ns/NAME/ROUTE; {self._routes()}",
                404,
            )
        space = self.namespaces[name]
        if route == "journal" and method == "GET":
            return Response.of_json(
                space.journal.shown(
                    after=number_of(request, "after"),
                    unmatched=request.argument("unmatched") in ("1", "true"),
                )
            )
        if route == "reset" and method == "POST":
            self.namespaces.reset(name)
            return Response.of_json({"reset": name})
        if route == "faults":
            return self.faults.control(name, request)
        answer = self._mock.control(space, request, route)
        if answer is None:
            raise ControlRefused(f"there is no {method} {request.path}", self._routes(), 404)
        return answer

    def _dropped(self, space: Namespace[S]) -> None:
        self.faults.clear(space.name)
        self._mock.drop(space.state)

    def _routes(self) -> str:
        return "routes are " + ", ".join((*ROUTES, *self._mock.routes))


def json_of(request: Request) -> dict[str, Any]:
    """The body of a control request, an object. Raises `ControlRefused`."""
    try:
        content = json.loads(request.body or b"{}")
    except (ValueError, RecursionError) as error:
        raise ControlRefused(f"the body is no JSON: {error}", "send a JSON object") from error
    if not isinstance(content, dict):
        raise ControlRefused(
            f"the body is JSON, and no object: {str(content)[:100]}", "send a JSON object"
        )
    return content


def number_of(request: Request, name: str) -> int:
    """A whole number of the query, 0 where it is not given. Raises `ControlRefused`."""
    text = request.argument(name, "0")
    # A number of thousands of digits is no number of an entry, and costs.
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ControlRefused(f"{name}={text[:100]!r} is no number", f"write {name}=12")
    return int(text)


async def _later(answer: Awaitable[Response]) -> Response:
    try:
        return await answer
    except ControlRefused as refused:
        return _refused(refused)


def _refused(refused: ControlRefused) -> Response:
    content = {"error": {"message": refused.message, "fix": refused.fix}}
    return Response.of_json(content, refused.status)
