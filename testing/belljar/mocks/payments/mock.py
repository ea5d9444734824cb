"""`PaymentsMock`: Stripe's API as a mock: requests in, the model's answers out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

from belljar.mocks.control import ControlledApp, Mock
from belljar.mocks.http.limits import Limits, Refusal
from belljar.mocks.http.messages import Request, Response
from belljar.mocks.http.server import HttpServer
from belljar.mocks.namespaces import Namespace
from belljar.mocks.payments import idempotency
from belljar.mocks.payments.authorising import namespace_of
from belljar.mocks.payments.calls import Call, Listed, find, nearest
from belljar.mocks.payments.controlling import ROUTES, control
from belljar.mocks.payments.defaults import DEFAULTS
from belljar.mocks.payments.encoding import encoded
from belljar.mocks.payments.errors import StripeError, invalid, unknown_parameter
from belljar.mocks.payments.forms import parse_form
from belljar.mocks.payments.records import expand, render
from belljar.mocks.payments.state import State
from belljar.mocks.payments.versions import LATEST, VERSIONS
from belljar.mocks.payments.webhooks import Deliveries

if TYPE_CHECKING:
    from belljar.faults.fault import Fault

__all__ = ["PaymentsMock", "payments_server"]

WEBHOOKS = "payments.webhooks"

# Each registers its endpoints.
for _name in (
    "charges",
    "customers",
    "events",
    "payment_intents",
    "payment_methods",
    "refunds",
    "setup_intents",
):
    import_module(f"belljar.mocks.payments.{_name}")


class PaymentsMock(Mock[State]):
    """The model with what belongs to a server: keys, versions, idempotency, webhooks."""

    name = "payments"
    routes: tuple[str, ...] = ROUTES
    limits = Limits(body=1 << 20)
    boundaries: Mapping[str, str] = MappingProxyType({"payments": "http", WEBHOOKS: "webhook"})

    def __init__(self) -> None:
        self.app: ControlledApp[State] = ControlledApp(self)
        self._deliveries: dict[int, Deliveries] = {}

    def server(self) -> HttpServer:
        """A server of this mock."""
        return self.app.server()

    def new(self, namespace: str) -> State:
        """An empty account."""
        state = State(namespace)

        def faults(event: str, path: str) -> Sequence[Fault]:
            return self.app.faults.deliveries(WEBHOOKS, namespace, event, path)

        deliveries = self._deliveries[id(state)] = Deliveries(state, faults)
        state.on_event = deliveries.happened
        return state

    def drop(self, state: State) -> None:
        """Deliver nothing more of it."""
        state.on_event = None
        if (deliveries := self._deliveries.pop(id(state), None)) is not None:
            deliveries.stop()

    def deliveries(self, state: State) -> Deliveries:
        """The webhooks of an account."""
        return self._deliveries[id(state)]

    def namespace_of(self, request: Request) -> str | Response:
        """The namespace of the API key."""
        try:
            return namespace_of(request)
        except StripeError as error:
            return _error(error, [("WWW-Authenticate", 'Basic realm="Stripe"')])

    def admit(self, space: Namespace[State], request: Request) -> Response | None:
        """None, or the conflict with a request that is in progress."""
        try:
            key = idempotency.key_of(request)
            if key is not None:
                idempotency.check_lock(space.state, key, request)
                space.state.locked[key] = request
        except StripeError as error:
            return _error(error, [])
        return None

    def leave(self, space: Namespace[State], request: Request) -> None:
        """Let others use the key."""
        key = request.headers.get("idempotency-key", "")
        if space.state.locked.get(key) is request:
            del space.state.locked[key]

    def answer(self, space: Namespace[State], request: Request) -> Response | Awaitable[Response]:
        """Stripe's answer."""
        state = space.state
        headers = [
            ("Content-Type", "application/json"),
            ("Request-Id", state.new_id("req_", 14)),
        ]
        key: str | None = None
        try:
            key = idempotency.key_of(request)
            if key is not None:
                headers.append(("Idempotency-Key", key))
                idempotency.check_lock(state, key, request)
                before = idempotency.replayed(state, key, request)
                if before is not None:
                    return before
        except StripeError as error:
            return _error(error, headers)
        if state.processing_seconds and request.method == "POST":
            return self._slowly(space, request, key, headers)
        return self._done(state, request, key, headers)

    def control(
        self, space: Namespace[State], request: Request, route: str
    ) -> Response | Awaitable[Response] | None:
        """The answer of the mock's own control routes."""
        return control(space.state, self.deliveries(space.state), request, route)

    def refuse(self, refusal: Refusal) -> Response:
        """A refusal in Stripe's form."""
        kind = "api_error" if refusal.status >= 500 else "invalid_request_error"
        error = StripeError(f"{refusal.message}; {refusal.fix}", status=refusal.status, kind=kind)
        return _error(error, [("Content-Type", "application/json")])

    async def _slowly(
        self,
        space: Namespace[State],
        request: Request,
        key: str | None,
        headers: list[tuple[str, str]],
    ) -> Response:
        mine = key is not None and key not in space.state.locked
        if key is not None and mine:
            space.state.locked[key] = request
        try:
            await asyncio.sleep(space.state.processing_seconds)
            return self._done(space.state, request, key, headers)
        finally:
            if mine:
                self.leave(space, request)

    def _done(
        self, state: State, request: Request, key: str | None, headers: list[tuple[str, str]]
    ) -> Response:
        try:
            found = find(request.method, request.path)
            if found is None:
                return _unmatched(request, headers)
            route, ids = found
            version = request.headers.get("stripe-version", LATEST)
            headers.append(("Stripe-Version", version))
            if version not in VERSIONS:
                raise invalid(f"Invalid Stripe API version: {version}")
            params = parse_form(request.query if request.method == "GET" else _form(request))
            if not params.keys() <= route.known:
                raise unknown_parameter(sorted(params.keys() - route.known), route.known)
            paths = params.pop("expand", None)
            state.request, state.key = headers[1][1], key
            base = f"http://{request.headers.get('host', 'localhost')}"
            result = route.handler(Call(state, params, ids, request.path, base, version))
            if isinstance(result, Listed):
                shown = {
                    "object": result.object,
                    "data": result.data,
                    "has_more": result.has_more,
                    "url": result.url,
                }
                if result.object == "search_result":
                    shown["next_page"] = result.next_page
            elif result["object"] in DEFAULTS:
                shown = render(result)
            else:
                shown = result
            if paths is not None:
                expand(state, shown, [paths] if isinstance(paths, str) else paths)
            answer = Response(200, headers, encoded(shown))
        except StripeError as error:
            answer = _error(error, headers)
        if key is not None:
            idempotency.keep(state, key, request, answer)
        return answer


def payments_server() -> HttpServer:
    """A server of a new mock."""
    return PaymentsMock().server()


def _form(request: Request) -> str:
    if not request.body:
        return request.query
    kind = request.headers.get("content-type", "")
    if kind and not kind.startswith("application/x-www-form-urlencoded"):
        raise invalid(
            f"Invalid request (check that your POST content type is "
            f"application/x-www-form-urlencoded, and not {kind})."
        )
    try:
        return request.body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise invalid(f"Invalid UTF-8 in the body: {error.reason}") from error


def _error(error: StripeError, headers: list[tuple[str, str]]) -> Response:
    body = error.body()
    known = dict(headers)
    if "Request-Id" in known:
        body["error"]["request_log_url"] = (
            f"https://dashboard.stripe.com/test/logs/{known['Request-Id']}"
        )
    if "Content-Type" not in known:
        headers = [("Content-Type", "application/json"), *headers]
    return Response(error.status, headers, encoded(body))


def _unmatched(request: Request, headers: list[tuple[str, str]]) -> Response:
    near = nearest(request.method, request.path)
    why = (
        f"{request.method} {request.path} is nothing that the payments mock knows; nearest: {near}"
    )
    error = StripeError(
        f"Unrecognized request URL ({request.method}: {request.path}). Please see "
        "https://stripe.com/docs or we can help at https://support.stripe.com/. "
        f"(The mock's nearest endpoint: {near})",
        status=404,
    )
    answer = _error(error, headers)
    answer.unmatched = why
    return answer
