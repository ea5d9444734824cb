"""The endpoints under `/v1/setup_intents`: a card saved for later, without a payment."""

from __future__ import annotations

from belljar.mocks.payments.authentication import asks, next_action
from belljar.mocks.payments.calls import Call, Listed, endpoint
from belljar.mocks.payments.checks import boolean, choice, mapping, merged_metadata, text
from belljar.mocks.payments.confirming import card_types, new_method
from belljar.mocks.payments.errors import StripeError, invalid, unexpected_state
from belljar.mocks.payments.lists import CURSORS, page
from belljar.mocks.payments.payment_methods import attached, card_error, error_fields
from belljar.mocks.payments.records import render
from belljar.mocks.payments.state import Record, State

__all__ = ["after_setup"]

FIELDS = (
    "allowed_payment_method_types attach_to_self customer customer_account description "
    "excluded_payment_method_types flow_directions metadata payment_method "
    "payment_method_configuration payment_method_data payment_method_options payment_method_types"
)
CONFIRMING = "confirmation_token mandate_data return_url use_stripe_sdk"
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


@endpoint(
    "POST /v1/setup_intents",
    f"{FIELDS} {CONFIRMING} automatic_payment_methods confirm on_behalf_of single_use usage",
)
def create(call: Call) -> Record:
    """Make an intent to save a card, and confirm it if asked."""
    state, params = call.state, call.params
    changes = _fields(state, params, {})
    usage = choice(params, "usage", ("off_session", "on_session"))
    if usage is not None:
        changes["usage"] = usage
    if "payment_method_types" not in changes:
        automatic = mapping(params, "automatic_payment_methods") or {"enabled": "true"}
        if boolean(automatic, "enabled"):
            redirects = choice(automatic, "allow_redirects", ("always", "never"))
            changes["automatic_payment_methods"] = {
                "allow_redirects": redirects or "always",
                "enabled": True,
            }
    method = new_method(state, params, changes.get("customer"))
    identifier = state.new_id("seti_1", 23)
    record: Record = {
        "id": identifier,
        "object": "setup_intent",
        "client_secret": identifier + state.new_id("_secret_", 25),
        "created": state.now(),
        **changes,
    }
    if method is not None:
        record |= {"payment_method": method["id"], "status": "requires_confirmation"}
    state.put(record)
    state.emit("setup_intent.created", record)
    return _confirmed(call, record, method) if boolean(params, "confirm") else record


@endpoint("GET /v1/setup_intents/:id", "client_secret")
def retrieve(call: Call) -> Record:
    """One of them."""
    return call.state.get("setup_intent", call.id)


@endpoint("POST /v1/setup_intents/:id", FIELDS)
def update(call: Call) -> Record:
    """Change one."""
    state = call.state
    old = state.get("setup_intent", call.id)
    changes = _fields(state, call.params, old)
    method = new_method(state, call.params, changes.get("customer", old.get("customer")))
    if method is not None:
        changes |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return state.change(old, **changes)


@endpoint(
    "POST /v1/setup_intents/:id/confirm",
    f"{CONFIRMING} allowed_payment_method_types client_secret excluded_payment_method_types "
    "payment_method payment_method_data payment_method_options",
)
def confirm(call: Call) -> Record:
    """Save the card, or say what the customer has to do first."""
    state = call.state
    old = state.get("setup_intent", call.id)
    status = old.get("status", "requires_payment_method")
    if status not in OPEN:
        raise _unexpected(
            old, f"You cannot confirm this SetupIntent because it has a status of {status}."
        )
    method = new_method(state, call.params, old.get("customer"))
    if method is None and old.get("payment_method"):
        method = state.get("payment_method", old["payment_method"], "payment_method")
    return _confirmed(call, old, method)


@endpoint("POST /v1/setup_intents/:id/cancel", "cancellation_reason")
def cancel(call: Call) -> Record:
    """Give up on it."""
    state = call.state
    old = state.get("setup_intent", call.id)
    reasons = ("abandoned", "requested_by_customer", "duplicate")
    reason = choice(call.params, "cancellation_reason", reasons)
    status = old.get("status", "requires_payment_method")
    if status not in OPEN:
        raise _unexpected(
            old,
            f"You cannot cancel this SetupIntent because it has a status of {status}. Only a "
            f"SetupIntent with one of the following statuses may be canceled: {', '.join(OPEN)}.",
        )
    new = state.change(old, status="canceled", cancellation_reason=reason, next_action=None)
    state.emit("setup_intent.canceled", new)
    return new


@endpoint("GET /v1/setup_intents", f"{CURSORS} attach_to_self created customer payment_method")
def list_all(call: Call) -> Listed:
    """Intents to save a card, newest first."""
    customer, method = text(call.params, "customer"), text(call.params, "payment_method")
    return page(
        call,
        "setup_intent",
        lambda one: (
            customer in (None, one.get("customer")) and method in (None, one.get("payment_method"))
        ),
    )


def after_setup(state: State, intent: Record, *, passed: bool) -> Record:
    """The intent when the customer has passed the challenge, or has not."""
    method = state.get("payment_method", intent["payment_method"])
    if passed:
        return _saved(state, intent, method)
    error = {
        "code": "setup_intent_authentication_failure",
        "message": "The latest attempt to set up the payment method has failed because "
        "authentication failed.",
        "payment_method": render(method),
        "type": "invalid_request_error",
    }
    new = state.change(
        intent,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_setup_error=error,
    )
    state.emit("setup_intent.setup_failed", new)
    return new


def _confirmed(call: Call, intent: Record, method: Record | None) -> Record:
    state = call.state
    if method is None:
        raise _unexpected(
            intent, "You cannot confirm this SetupIntent because it's missing a payment method."
        )
    return_url = text(call.params, "return_url")
    automatic = intent.get("automatic_payment_methods")
    if automatic and automatic["allow_redirects"] == "always" and return_url is None:
        raise invalid(
            "This SetupIntent is configured to accept payment methods enabled in your Dashboard. "
            "Because some of these payment methods might redirect your customer off of your page, you "
            "must provide a `return_url`. If you don't want to accept redirect-based payment methods, "
            "set `automatic_payment_methods[enabled]` to `true` and "
            "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
            "Payment Intents.",
            "return_url",
        )
    card = state.cards[method["id"]]
    if asks(state, card, method, off_session=False) and card.authentication != "set_up":
        action = next_action(state, intent, return_url, call.base_url)
        intent = state.change(
            intent, status="requires_action", next_action=action, payment_method=method["id"]
        )
        state.emit("setup_intent.requires_action", intent)
        return intent
    return _saved(state, intent, method)


def _saved(state: State, intent: Record, method: Record) -> Record:
    card = state.cards[method["id"]]
    if card.decline is not None and not card.attachable:
        new = state.change(
            intent,
            status="requires_payment_method",
            payment_method=None,
            last_setup_error=error_fields(card.decline, render(method)),
        )
        state.emit("setup_intent.setup_failed", new)
        raise card_error(card.decline, setup_intent=render(new), payment_method=render(method))
    if intent.get("customer"):
        attached(state, method, intent["customer"])
    state.set_up.add(method["id"])
    new = state.change(intent, status="succeeded", payment_method=method["id"], next_action=None)
    state.emit("setup_intent.succeeded", new)
    return new


def _fields(state: State, params: Record, old: Record) -> Record:
    changes: Record = {}
    if "description" in params:
        changes["description"] = text(params, "description")
    if (customer := text(params, "customer")) is not None:
        state.get("customer", customer, "customer")
        changes["customer"] = customer
    if (types := card_types(params)) is not None:
        changes |= types
    metadata = merged_metadata(old.get("metadata", {}), params)
    if metadata is not None:
        changes["metadata"] = metadata
    return changes


def _unexpected(intent: Record, message: str) -> StripeError:
    return unexpected_state(message, "setup_intent", render(intent))
