"""The payments mock's own control routes: clock, webhooks, authentication, refunds, pace.

| under `/_belljar/ns/NAME/` | |
|---|---|
| `GET PUT clock` | `{"now": 1700000000}` stops it there, `{"advance": 3600}` goes on, `{}` is the real time |
| `GET webhooks` | every delivery, with its attempts |
| `PUT webhooks` | `{"retry_seconds": [0.1, 1]}`, `{"paused": true}` |
| `POST webhooks/resend` | `{"event": "evt_...", "endpoint": "we_..."}` |
| `POST authenticate/ID` | `{"outcome": "succeeded"}` or `"failed"`: what the customer does |
| `GET authenticate/ID` | the same for a browser: `?outcome=failed`; back to the `return_url` |
| `POST refunds/ID` | `{"status": "succeeded"}` or `"failed"`: what the bank says |
| `GET effects` | the sums that were charged and kept: `{"effects": {"charge of 2500 eur": 1}}` |
| `GET charges` | every charge, oldest first: `{"charges": [...]}`, as the API shows them |
| `PUT cards` | `{"decline": "insufficient_funds"}`: every card is declined; null: as it says |
| `PUT pace` | `{"seconds": 0.2}`: how long each POST takes |
"""

from __future__ import annotations

from urllib.parse import quote

from belljar.mocks.control_api import json_of
from belljar.mocks.errors import ControlRefused
from belljar.mocks.http.messages import Request, Response
from belljar.mocks.payments.cards import DECLINES
from belljar.mocks.payments.confirming import after_authentication
from belljar.mocks.payments.effects import effects_of
from belljar.mocks.payments.errors import StripeError
from belljar.mocks.payments.records import render
from belljar.mocks.payments.refunds import settle
from belljar.mocks.payments.setup_intents import after_setup
from belljar.mocks.payments.state import Record, State
from belljar.mocks.payments.webhooks import Deliveries

__all__ = ["ROUTES", "control"]

LAST_SECOND = 253_402_300_799
ROUTES = (
    "clock",
    "webhooks",
    "webhooks/resend",
    "authenticate/ID",
    "refunds/ID",
    "effects",
    "charges",
    "cards",
    "pace",
)


def control(state: State, deliveries: Deliveries, request: Request, route: str) -> Response | None:
    """The answer to a control request; None for a route that there is not. Raises `ControlRefused`."""
    state.request = state.key = None  # what happens now was asked for by no request to the API
    try:
        first, _, rest = route.partition("/")
        match request.method, first, rest:
            case "GET" | "PUT", "clock", "":
                return _clock(state, request)
            case "GET", "webhooks", "":
                content = {"deliveries": deliveries.shown(), "pending": deliveries.busy}
                return Response.of_json(content)
            case "PUT", "webhooks", "":
                return _webhooks(deliveries, request)
            case "POST", "webhooks", "resend":
                return _resend(state, deliveries, request)
            case "POST", "authenticate", identifier if identifier:
                outcome = _text(request, "outcome", ("succeeded", "failed"))
                return Response.of_json(render(_authenticate(state, identifier, outcome)))
            case "GET", "authenticate", identifier if identifier:
                return _browser(state, request, identifier)
            case "POST", "refunds", identifier if identifier:
                status = _text(request, "status", ("succeeded", "failed"))
                return Response.of_json(
                    render(settle(state, state.get("refund", identifier), status))
                )
            case "GET", "effects", "":
                return Response.of_json({"effects": effects_of(state)})
            case "GET", "charges", "":
                charges = [render(one) for one in state.collections["charge"].values()]
                return Response.of_json({"charges": charges})
            case "PUT", "cards", "":
                return _cards(state, request)
            case "PUT", "pace", "":
                state.processing_seconds = _seconds(json_of(request), "seconds")
                return Response.of_json({"seconds": state.processing_seconds})
    except StripeError as error:
        raise ControlRefused(error.message, "name one of this namespace", error.status) from error
    return None


def _clock(state: State, request: Request) -> Response:
    if request.method == "PUT":
        content = json_of(request)
        if "now" in content:
            state.frozen = _whole(content, "now")
        elif "advance" in content:
            ahead = _whole(content, "advance")
            if state.frozen is None:
                state.offset += ahead
            else:
                state.frozen += ahead
        elif not content:
            state.frozen, state.offset = None, 0
        else:
            raise ControlRefused(
                f"the clock has no {', '.join(map(str, content))}",
                "give now, or advance, or nothing",
            )
    return Response.of_json({"now": state.now(), "frozen": state.frozen is not None})


def _webhooks(deliveries: Deliveries, request: Request) -> Response:
    content = json_of(request)
    if unknown := content.keys() - {"retry_seconds", "paused"}:
        raise ControlRefused(
            f"webhooks have no {', '.join(sorted(unknown))}", "give retry_seconds or paused"
        )
    if "retry_seconds" in content:
        given = content["retry_seconds"]
        if not isinstance(given, list) or not all(
            isinstance(one, int | float) and 0 <= one <= 3600 for one in given
        ):
            raise ControlRefused(
                f"retry_seconds {given!r} are no waits", "give a list of seconds, such as [0.1, 1]"
            )
        deliveries.retry_seconds = tuple(float(one) for one in given)
    if "paused" in content:
        if content["paused"]:
            deliveries.paused = True
        else:
            deliveries.resume()
    return Response.of_json(
        {"retry_seconds": deliveries.retry_seconds, "paused": deliveries.paused}
    )


def _cards(state: State, request: Request) -> Response:
    code = json_of(request).get("decline")
    if code is not None and code not in DECLINES:
        raise ControlRefused(
            f"no card is declined for {str(code)[:100]!r}",
            f"give one of {', '.join(DECLINES)}, or null",
        )
    state.decline = None if code is None else DECLINES[code]
    return Response.of_json({"decline": code})


def _resend(state: State, deliveries: Deliveries, request: Request) -> Response:
    event = state.events.get(_text(request, "event"))
    if event is None:
        raise ControlRefused("there is no such event", "name one of GET /v1/events", 404)
    deliveries.resend(event, _text(request, "endpoint"))
    return Response.of_json({"event": event.id})


def _authenticate(state: State, identifier: str, outcome: str) -> Record:
    kind = "setup_intent" if identifier.startswith("seti_") else "payment_intent"
    intent = state.get(kind, identifier)
    if intent.get("status") != "requires_action":
        raise ControlRefused(
            f"{identifier} has the status {intent.get('status', 'requires_payment_method')}",
            "confirm it with a card that asks for authentication, such as "
            "pm_card_authenticationRequired",
            409,
        )
    passed = outcome == "succeeded"
    if kind == "setup_intent":
        return after_setup(state, intent, passed=passed)
    return after_authentication(state, intent, passed=passed)


def _browser(state: State, request: Request, identifier: str) -> Response:
    kind = "setup_intent" if identifier.startswith("seti_") else "payment_intent"
    action = state.get(kind, identifier).get("next_action") or {}
    back = action.get("redirect_to_url", {}).get("return_url")
    outcome = request.argument("outcome", "succeeded")
    if outcome not in ("succeeded", "failed"):
        raise ControlRefused(f"outcome={outcome} is none", "use succeeded or failed")
    intent = _authenticate(state, identifier, outcome)
    if back is None:
        return Response.of_json(render(intent))
    joint = "&" if "?" in back else "?"
    secret = quote(str(intent["client_secret"]))
    where = f"{back}{joint}{kind}={identifier}&{kind}_client_secret={secret}"
    return Response(302, {"Location": where})


def _text(request: Request, name: str, choices: tuple[str, ...] = ()) -> str:
    value = json_of(request).get(name, choices[0] if choices else None)
    if not isinstance(value, str) or (choices and value not in choices):
        fix = f"give one of {', '.join(choices)}" if choices else f'send {{"{name}": "..."}}'
        raise ControlRefused(f"{name} is {value!r}", fix)
    return value


def _whole(content: dict[str, object], name: str) -> int:
    value = content[name]
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LAST_SECOND:
        raise ControlRefused(
            f"{name} is {str(value)[:100]}", "give whole seconds, up to those of the year 9999"
        )
    return value


def _seconds(content: dict[str, object], name: str) -> float:
    value = content.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 60:
        raise ControlRefused(f"{name} is {value!r}", "give seconds from 0 to 60")
    return float(value)
