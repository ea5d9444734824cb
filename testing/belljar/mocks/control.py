"""`ControlledApp`: a mock as an app, with namespaces, journal, faults and the control API around it."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar

from belljar.mocks.control_api import PREFIX, ControlApi, Controlled
from belljar.mocks.errors import BadNamespace
from belljar.mocks.http.injecting import Answer, Injection, Wire
from belljar.mocks.http.limits import Limits, Refusal, refuse_in_json
from belljar.mocks.http.messages import Request, Response
from belljar.mocks.http.server import HttpServer
from belljar.mocks.namespaces import DEFAULT, Namespace

if TYPE_CHECKING:
    from belljar.faults.fault import Fault

__all__ = ["ControlledApp", "Mock", "controlled_server"]

S = TypeVar("S")


class Mock(Controlled[S], Protocol[S]):
    """The model of a service that is asked over HTTP: state by namespace, and rules.

    Who inherits from it needs no more than what differs.
    """

    limits: Limits = Limits()

    def namespace_of(self, request: Request) -> str | Response:
        """Whose request it is, or the answer to one whose sender can't be told."""

    def answer(self, space: Namespace[S], request: Request) -> Response | Awaitable[Response]:
        """The answer of the service."""

    def refuse(self, refusal: Refusal) -> Response:
        """A refusal of the server in the service's own form; it has none, if nothing is said."""
        return refuse_in_json(refusal)

    def admit(self, space: Namespace[S], request: Request) -> Response | None:
        """None, or the answer to a request that comes while another stands in its way."""
        return None

    def leave(self, space: Namespace[S], request: Request) -> None:
        """An admitted request has been answered, or never will be."""
        return

    def attributes(self, request: Request) -> Mapping[str, str]:
        """What fault plans tell a request apart by, besides method and path."""
        return {"query": request.query}

    def formed(self, fault: Fault) -> Fault:
        """A fault with what the service would say, where the plan does not tell."""
        return fault


class ControlledApp(ControlApi[S]):
    """The app of a mock; `server()` serves it."""

    def __init__(self, mock: Mock[S]) -> None:
        super().__init__(mock)
        self.mock = mock

    def __call__(self, request: Request) -> Response | Awaitable[Response]:
        """Answer a request."""
        if request.path.startswith(PREFIX):
            return super().__call__(request)
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
        return self._awaited(space, request, answer)

    def inject(self, request: Request) -> Injection | None:
        """The fault for a request, if its namespace has a plan that says so."""
        if not self.faults.planned or request.path.startswith(PREFIX):
            return None
        mock = self.mock
        name = mock.namespace_of(request)
        if isinstance(name, Response):
            return None
        injection = self.faults.injection(name, request, mock.attributes(request), mock.formed)
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
        return HttpServer(
            self, limits=self.mock.limits, refuse=self.mock.refuse, injector=self.inject
        )

    def _space(self, request: Request) -> Namespace[S] | Response:
        name = self.mock.namespace_of(request)
        if isinstance(name, Response):
            entry = self.namespaces[DEFAULT].journal.add(
                request.method, request.target, request.body
            )
            entry.status = name.status
            return name
        try:
            space = self.namespaces[name]
        except BadNamespace as error:
            return self.mock.refuse(Refusal(error.status, error.message, error.fix))
        request.namespace = name
        return space

    def _note(self, space: Namespace[S], request: Request, answer: Response) -> None:
        entry = request.entry
        if entry is not None:
            entry.status = answer.status
            if answer.unmatched:
                space.journal.unmatched(entry, answer.unmatched)

    async def _awaited(
        self, space: Namespace[S], request: Request, answer: Awaitable[Response]
    ) -> Response:
        response = await answer
        self._note(space, request, response)
        return response


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
