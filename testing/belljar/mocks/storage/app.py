"""`StorageApp`: the mock as an app of `belljar.mocks.http`, with journal, faults and control API.

| control API | |
|---|---|
| `GET /_belljar/ready` | 200 as soon as there is an answer |
| `GET /_belljar/ns` | the namespaces there are |
| `GET /_belljar/ns/NAME/journal` | requests and answers; `?after=12`, `?unmatched=1` |
| `POST /_belljar/ns/NAME/reset` | a namespace as new |
| `GET PUT DELETE /_belljar/ns/NAME/faults` | what was injected; a fault plan; none |
| `GET /_belljar/ns/NAME/objects` | every object, by bucket |
| `PUT /_belljar/ns/NAME/clock` | `{"offset_s": 3600}`: how far its clock is ahead |
"""

from __future__ import annotations

import json

from belljar.faults.control import answer_control
from belljar.faults.engine import Engines
from belljar.mocks.errors import ControlRefused
from belljar.mocks.http import HttpServer, Injection, Limits, Request, Response
from belljar.mocks.journal import Entry
from belljar.mocks.namespaces import Namespaces
from belljar.mocks.storage.injecting import Injected, call_of
from belljar.mocks.storage.mock import StorageMock
from belljar.mocks.storage.model import Space

__all__ = ["PREFIX", "StorageApp"]

PREFIX = "/_belljar/"
ROUTES = ("journal", "reset", "faults", *StorageMock.routes)
# A part of an upload may have 5 GiB in S3; in a test nobody has that in memory.
BODY = 256 << 20


class StorageApp:
    """Answers requests, all in one thread."""

    def __init__(self, mock: StorageMock) -> None:
        self.namespaces: Namespaces[Space] = Namespaces(
            mock.new, lambda gone: self._drop(gone.name)
        )
        self._mock = mock
        self._engines = Engines("storage", "storage")
        self._planned = False  # as long as there was no plan, nobody need look

    def server(self) -> HttpServer:
        """A server of this app."""
        return HttpServer(
            self, limits=Limits(body=BODY), refuse=self._mock.refuse, injector=self.inject
        )

    def __call__(self, request: Request) -> Response:
        """Answer a request."""
        if request.path.startswith(PREFIX):
            return self._controlled(request)
        name = self._mock.namespace_of(request)
        if isinstance(name, Response):
            return name
        request.namespace = name
        space = self.namespaces[name]
        entry = request.entry or self._noted(request)
        answer = self._mock.answer(space, request)
        entry.status = answer.status
        if answer.unmatched:
            space.journal.unmatched(entry, answer.unmatched)
        return answer

    def inject(self, request: Request) -> Injection | None:
        """The faults in the way of a request, if its namespace has a plan that says so."""
        if not self._planned or request.path.startswith(PREFIX):
            return None
        name = self._mock.namespace_of(request)
        if isinstance(name, Response):
            return None
        faults = self._engines.decide(name, call_of(request))
        if not faults:
            return None
        request.namespace = name
        request.entry = self._noted(request)
        return Injected(faults, request.entry)

    def _noted(self, request: Request) -> Entry:
        journal = self.namespaces[request.namespace].journal
        return journal.add(request.method, request.target, request.body)

    def _drop(self, name: str) -> None:
        self._engines.clear(name)

    def _controlled(self, request: Request) -> Response:
        try:
            return self._route(request)
        except ControlRefused as refused:
            content = {"error": {"message": refused.message, "fix": refused.fix}}
            return Response.of_json(content, refused.status)

    def _route(self, request: Request) -> Response:
        method = request.method
        first, _, rest = request.path.removeprefix(PREFIX).partition("/")
        if first == "ready" and not rest:
            return Response.of_json({"ready": True, "mock": self._mock.name})
        if first == "ns" and not rest:
            return Response.of_json({"namespaces": self.namespaces.names()})
        name, _, route = rest.partition("/")
        if first != "ns" or not route:
            raise ControlRefused(
                f"there is no {request.path}",
                f"use {PREFIX}ready, {PREFIX}ns or {PREFIX}ns/NAME/ROUTE; {_routes()}",
                404,
            )
        space = self.namespaces[name]
        if route == "faults":
            _refuse_kills(request)
            self._planned = self._planned or method == "PUT"
            boundaries = {"storage": self._engines}
            status, body = answer_control(boundaries, method, name, request.query, request.body)
            return Response(status, {"Content-Type": "application/json"}, body)
        if route == "journal" and method == "GET":
            after = request.argument("after", "0")
            if not after.isdigit():
                raise ControlRefused(f"after={after!r} is no number", "give an entry's number")
            unmatched = request.argument("unmatched") in ("1", "true")
            return Response.of_json(space.journal.shown(after=int(after), unmatched=unmatched))
        if route == "reset" and method == "POST":
            self.namespaces.reset(name)
            return Response.of_json({"reset": name})
        answer = self._mock.control(space, request, route)
        if answer is None:
            raise ControlRefused(f"there is no {method} {request.path}", _routes(), 404)
        return answer


def _routes() -> str:
    return f"routes are {', '.join(ROUTES)}"


def _refuse_kills(request: Request) -> None:
    """Refuse a plan that ends the process: whoever started it would take that for an accident."""
    try:
        rules = json.loads(request.body or b"{}").get("faults", [])
        kinds = {rule["kind"] for rule in rules if rule["on"] == "storage"}
    except (ValueError, KeyError, TypeError, AttributeError):
        return  # whoever reads the plan says better what is wrong with it
    if not kinds.isdisjoint(("kill", "restart")):
        raise ControlRefused(
            "the storage mock does not end itself",
            "call services['storage'].kill() in the test, or plan `reset`",
        )
