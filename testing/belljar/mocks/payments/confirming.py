"""`confirm`: an intent's way from a payment method to money, or to what the customer has to do."""

from __future__ import annotations

from belljar.mocks.payments.authentication import (
    FAILED,
    NO_ACTION,
    OFF_SESSION,
    asks,
    next_action,
)
from belljar.mocks.payments.calls import Call
from belljar.mocks.payments.cards import Card
from belljar.mocks.payments.charging import charge
from belljar.mocks.payments.checks import boolean, mapping, text, texts
from belljar.mocks.payments.errors import StripeError, invalid, no_such, unexpected_state
from belljar.mocks.payments.payment_methods import (
    attached,
    error_fields,
    given_method,
    method_from_data,
    reused,
)
from belljar.mocks.payments.records import render
from belljar.mocks.payments.state import Record, State

__all__ = ["after_authentication", "card_types", "confirm", "new_method", "unexpected"]


def new_method(state: State, params: Record, customer: str | None) -> Record | None:
    """The payment method that the parameters name or describe; None where they don't."""
    data = mapping(params, "payment_method_data")
    if data is not None:
        return method_from_data(state, data)
    identifier = text(params, "payment_method")
    if identifier is None:
        return None
    method = given_method(state, identifier, "payment_method")
    owner = method.get("customer")
    if owner and owner != customer:
        if customer is None:
            raise invalid(
                f"The PaymentMethod {method['id']} belongs to a Customer. Please include the Customer "
                "in the `customer` parameter on the PaymentIntent.",
                "payment_method",
            )
        raise no_such("payment_method", identifier, "payment_method", 400)
    if method["id"] in state.used:
        raise reused()
    return method


def card_types(params: Record) -> Record | None:
    """What an intent has of the types that are allowed; None where nothing is said of them.

    The name was `payment_method_types` before the version endive; the mock takes both from all.
    """
    for name in ("allowed_payment_method_types", "payment_method_types"):
        types = texts(params, name)
        if types is not None:
            if "card" not in types:
                raise invalid(
                    f"The payment method types {', '.join(types)} are not modelled by this mock: "
                    "use card.",
                    name,
                )
            return {name: types, "payment_method_types": types}
    return None


def confirm(call: Call, intent: Record, method: Record | None, *, new: bool = False) -> Record:
    """The intent, paid, or waiting for the customer. Raises the card's error.

    `intent` may have changes that are kept only now; `new` says that nobody has seen it yet.
    """
    state, params = call.state, call.params
    if method is None:
        raise unexpected(
            None if new else intent,
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can "
            "either update the PaymentIntent with a payment method and then confirm it again, or "
            "confirm it again directly with a payment method or ConfirmationToken.",
        )
    return_url = text(params, "return_url")
    automatic = intent.get("automatic_payment_methods")
    if automatic and automatic["allow_redirects"] == "always" and return_url is None:
        if new:
            del state.collections["payment_intent"][intent["id"]]
        raise invalid(
            "This PaymentIntent is configured to accept payment methods enabled in your Dashboard. "
            "Because some of these payment methods might redirect your customer off of your page, you "
            "must provide a `return_url`. If you don't want to accept redirect-based payment methods, "
            "set `automatic_payment_methods[enabled]` to `true` and "
            "`automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and "
            "Payment Intents.",
            "return_url",
        )
    off_session = boolean(params, "off_session") or False
    state.put(intent)
    if new:
        state.emit("payment_intent.created", intent)
    card = state.cards[method["id"]]
    passed = intent["id"] in state.authenticated
    if not passed and asks(state, card, method, off_session=off_session):
        if off_session or boolean(params, "error_on_requires_action"):
            decline = OFF_SESSION if off_session else NO_ACTION
            raise charge_error(
                state, intent, method, Card(card.number, card.brand, decline=decline)
            )
        action = next_action(state, intent, return_url, call.base_url)
        intent = state.change(
            intent, status="requires_action", next_action=action, payment_method=method["id"]
        )
        state.emit("payment_intent.requires_action", intent)
        return intent
    return _paid(state, intent, method, card)


def after_authentication(state: State, intent: Record, *, passed: bool) -> Record:
    """The intent when the customer has passed the challenge, or has not."""
    method = state.get("payment_method", intent["payment_method"])
    if not passed:
        intent = state.change(
            intent,
            status="requires_payment_method",
            payment_method=None,
            next_action=None,
            last_payment_error={
                **error_fields(FAILED, render(method)),
                "type": "invalid_request_error",
            },
        )
        state.emit("payment_intent.payment_failed", intent)
        return intent
    state.authenticated.add(intent["id"])
    if intent.get("confirmation_method") == "manual":
        return state.change(intent, status="requires_confirmation", next_action=None)
    try:
        return _paid(state, intent, method, state.cards[method["id"]])
    except StripeError:
        # The customer's browser is told, not the caller; the intent has it.
        return state.get("payment_intent", intent["id"])


def charge_error(state: State, intent: Record, method: Record, card: Card) -> StripeError:
    """The error of a card that would not do, noted in the intent."""
    try:
        charge(state, intent, method, card)
    except StripeError as error:
        return error
    raise AssertionError("a card with a decline was charged")


def unexpected(intent: Record | None, message: str) -> StripeError:
    """It can't be done in the intent's status."""
    if intent is None:
        return invalid(message, code="payment_intent_unexpected_state")
    return unexpected_state(message, "payment_intent", render(intent))


def _paid(state: State, intent: Record, method: Record, card: Card) -> Record:
    customer = intent.get("customer")
    usage = intent.get("setup_future_usage")
    if usage and customer and not method.get("customer") and not card.attachable:
        raise charge_error(state, intent, method, card)
    intent = charge(state, intent, method, card)
    if customer and usage:
        method = attached(state, method, customer)
        state.set_up.add(method["id"])
    elif not method.get("customer"):
        state.used.add(method["id"])
    return intent
