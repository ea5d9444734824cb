"""`ControlledApp`: a mock as an app, with namespaces, journal, faults and the control API around it.

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
from typing import Generic, Protocol, TypeVar

from belljar.mocks.control_faults import FaultBoundaries
from belljar.mocks.errors import ControlRefused
from belljar.mocks.http.injecting import Answer, Injection, Wire
from belljar.mocks.http.limits import Refusal
from belljar.mocks.http.messages import Request, Response
from belljar.mocks.http.server import HttpServer
from belljar.mocks.namespaces import DEFAULT, Namespace, Namespaces

__all__ = ["ControlledApp", "Mock", "controlled_server", "json_of"]

S = TypeVar("S")
PREFIX = "/_belljar/"
ROUTES = ("journal", "reset", "faults")


class Mock(Protocol[S]):
    """The model of a service: state by namespace, and rules."""

    name: str
    # The routes that `control` knows, for messages.
    routes: tuple[str, ...]
    # Where faults may happen, name -> family; the first is that of its requests.
    boundaries: Mapping[str, str]

    def new(self, namespace: str) -> S:
        """The state of a new namespace."""

    def drop(self, state: S) -> None:
        """End what works for a state that is forgotten."""

    def namespace_of(self, request: Request) -> str | Response:
        """Whose request it is, or the answer to one whose sender can't be told."""

    def answer(self, space: Namespace[S], request: Request) -> Response | Awaitable[Response]:
        """The answer of the service."""

    def admit(self, space: Namespace[S], request: Request) -> Response | None:
        """None, or the answer to a request that comes while another stands in its way."""

    def leave(self, space: Namespace[S], request: Request) -> None:
        """An admitted request has been answered, or never will be."""

    def control(
        self, space: Namespace[S], request: Request, route: str
    ) -> Response | Awaitable[Response] | None:
        """The answer to `/_belljar/ns/NAME/{route}`; None for a route that it does not have."""

    def refuse(self, refusal: Refusal) -> Response:
        """A refusal of the server in the service's own form."""


class ControlledApp(Generic[S]):
    """The app of a mock; `server()` serves it."""

    def __init__(self, mock: Mock[S]) -> None:
        self.mock = mock
        self.faults = FaultBoundaries(mock.boundaries)
        self.namespaces = Namespaces(mock.new, self._dropped)

    def __call__(self, request: Request) -> Response | Awaitable[Response]:
        """Answer a request."""
        if request.path.startswith(PREFIX):
            return self._controlled(request)
        space = self._space(request)
        if isinstance(space, Response):
            return space
        entry = request.entry
        if entry is None:
            entry = request.entry = space.journal.add(request.method, request.target, request.body)
        answer = self.mock.answer(space, request)
        if isinstance(answer, Response):
            self._note(space, request, answer)
            return answer
        return self._later(space, request, answer)

    def inject(self, request: Request) -> Injection | None:
        """The fault for a request, if its namespace has a plan that says so."""
        if not self.faults.planned or request.path.startswith(PREFIX):
            return None
        name = self.mock.namespace_of(request)
        if isinstance(name, Response):
            return None
        injection = self.faults.injection(name, request)
        if injection is None:
            return None
        request.namespace = name
        space = self.namespaces[name]
        entry = space.journal.add(request.method, request.target, request.body)
        entry.fault = injection.name
        request.entry = entry
        return _Admitted(self, space, injection)

    def server(self) -> HttpServer:
        """A server of this app."""
        return HttpServer(self, refuse=self.mock.refuse, injector=self.inject)

    def _space(self, request: Request) -> Namespace[S] | Response:
        name = self.mock.namespace_of(request)
        if isinstance(name, Response):
            entry = self.namespaces[DEFAULT].journal.add(
                request.method, request.target, request.body
            )
            entry.status = name.status
            return name
        request.namespace = name
        return self.namespaces[name]

    def _note(self, space: Namespace[S], request: Request, answer: Response) -> None:
        entry = request.entry
        if entry is not None:
            entry.status = answer.status
            if answer.unmatched:
                space.journal.unmatched(entry, answer.unmatched)

    async def _later(
        self, space: Namespace[S], request: Request, answer: Awaitable[Response]
    ) -> Response:
        response = await answer
        self._note(space, request, response)
        return response

    def _controlled(self, request: Request) -> Response | Awaitable[Response]:
        try:
            return self._route(request)
        except ControlRefused as refused:
            content = {"error": {"message": refused.message, "fix": refused.fix}}
            return Response.of_json(content, refused.status)

    def _route(self, request: Request) -> Response | Awaitable[Response]:
        first, _, rest = request.path.removeprefix(PREFIX).partition("/")
        method = request.method
        if first == "ready" and not rest:
            return Response.of_json({"ready": True, "mock": self.mock.name})
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
                    after=_number(request.argument("after", "0")),
                    unmatched=request.argument("unmatched") in ("1", "true"),
                )
            )
        if route == "reset" and method == "POST":
            self.namespaces.reset(name)
            return Response.of_json({"reset": name})
        if route == "faults":
            return self.faults.control(name, request)
        answer = self.mock.control(space, request, route)
        if answer is None:
            raise ControlRefused(f"there is no {method} {request.path}", self._routes(), 404)
        return answer

    def _dropped(self, space: Namespace[S]) -> None:
        self.faults.clear(space.name)
        self.mock.drop(space.state)

    def _routes(self) -> str:
        return "routes are " + ", ".join((*ROUTES, *self.mock.routes))


class _Admitted:
    """An injection in its place: between the lock of its request and the journal."""

    def __init__(self, app: ControlledApp[S], space: Namespace[S], injection: Injection) -> None:
        self.name = injection.name
        self._app = app
        self._space = space
        self._injection = injection

    async def __call__(self, request: Request, answer: Answer, wire: Wire) -> Response | None:
        mock = self._app.mock
        entry = request.entry
        response = mock.admit(self._space, request)
        if response is not None:
            self._app._note(self._space, request, response)
            return response
        try:
            response = await self._injection(request, answer, wire)
            if response is not None and entry is not None:
                entry.status = response.status
            return response
        finally:
            mock.leave(self._space, request)


def controlled_server(mock: Mock[S]) -> HttpServer:
    """A server of a mock, with its control API."""
    return ControlledApp(mock).server()


def json_of(request: Request) -> dict[str, object]:
    """The body of a control request, an object. Raises `ControlRefused`."""
    try:
        content = json.loads(request.body or b"{}")
    except ValueError as error:
        raise ControlRefused(f"the body is no JSON: {error}", "send a JSON object") from error
    if not isinstance(content, dict):
        raise ControlRefused(
            f"the body is JSON, and no object: {str(content)[:100]}", "send a JSON object"
        )
    return content


def _number(text: str) -> int:
    if not text.isdigit():
        raise ControlRefused(f"after={text!r} is no number", "give the number of an entry")
    return int(text)
