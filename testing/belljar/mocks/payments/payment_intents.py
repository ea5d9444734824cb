"""The endpoints under `/v1/payment_intents`."""

from __future__ import annotations

from belljar.mocks.payments.calls import Call, Listed, endpoint
from belljar.mocks.payments.charging import capture as captured
from belljar.mocks.payments.checks import (
    amount_of,
    boolean,
    choice,
    currency_of,
    integer,
    mapping,
    merged_metadata,
    money,
    text,
)
from belljar.mocks.payments.confirming import card_types, new_method, unexpected
from belljar.mocks.payments.confirming import confirm as confirmed
from belljar.mocks.payments.defaults import DEFAULTS
from belljar.mocks.payments.errors import invalid, missing_parameter
from belljar.mocks.payments.lists import CURSORS, page
from belljar.mocks.payments.searching import search
from belljar.mocks.payments.state import Record, State

__all__: list[str] = []

# What may be said when it is made, and changed later.
FIELDS = (
    "amount amount_details application_fee_amount capture_method currency customer "
    "customer_account description excluded_payment_method_types allowed_payment_method_types hooks "
    "metadata payment_details payment_method payment_method_configuration payment_method_data "
    "payment_method_options payment_method_types receipt_email setup_future_usage shipping "
    "statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
)
CONFIRMING = (
    "confirmation_token error_on_requires_action mandate mandate_data off_session radar_options "
    "return_url use_stripe_sdk"
)
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (
    "requires_payment_method",
    "requires_capture",
    "requires_reauthorization",
    "requires_confirmation",
    "requires_action",
    "processing",
)


@endpoint(
    "POST /v1/payment_intents",
    f"{FIELDS} {CONFIRMING} automatic_payment_methods confirm confirmation_method on_behalf_of",
)
def create(call: Call) -> Record:
    """Make an intent, and confirm it if asked."""
    state, params = call.state, call.params
    if "amount" not in params:
        raise missing_parameter("amount")
    currency = currency_of(params)
    amount = amount_of(params, currency)
    changes = _fields(state, params, {})
    confirmation = choice(params, "confirmation_method", ("automatic", "manual"))
    automatic = mapping(params, "automatic_payment_methods")
    types = card_types(params)
    if automatic is not None and types is not None:
        raise invalid(
            "You may only specify one of these parameters: automatic_payment_methods, "
            "allowed_payment_method_types.",
            "automatic_payment_methods",
        )
    confirm = boolean(params, "confirm")
    for name in ("return_url", "off_session", "error_on_requires_action"):
        if name in params and not confirm:
            raise invalid(f"You cannot provide `{name}` when `confirm` is not true.", name)
    record: Record = {"id": "", "object": "payment_intent"}
    enabled = automatic is None or boolean(automatic, "enabled")
    if enabled and types is None and confirmation != "manual":
        redirects = choice(automatic or {}, "allow_redirects", ("always", "never"))
        record["automatic_payment_methods"] = {
            "allow_redirects": redirects or "always",
            "enabled": True,
        }
    method = new_method(state, params, changes.get("customer"))
    identifier = record["id"] = state.new_id("pi_3", 23)
    record |= {
        "amount": amount,
        "client_secret": identifier + state.new_id("_secret_", 25),
        "created": state.now(),
        "currency": currency,
        **changes,
    }
    if confirmation is not None:
        record["confirmation_method"] = confirmation
    if method is not None:
        record |= {"payment_method": method["id"], "status": "requires_confirmation"}
    state.put(record)
    if not confirm:
        state.emit("payment_intent.created", record)
        return record
    if method is None:
        del state.collections["payment_intent"][identifier]
    return confirmed(call, record, method, new=True)


@endpoint("GET /v1/payment_intents/:id", "client_secret")
def retrieve(call: Call) -> Record:
    """One intent."""
    return call.state.get("payment_intent", call.id)


@endpoint("POST /v1/payment_intents/:id", FIELDS)
def update(call: Call) -> Record:
    """Change an intent that has not been paid; description and metadata at any time."""
    state, params = call.state, call.params
    old = state.get("payment_intent", call.id)
    status = old.get("status", "requires_payment_method")
    fixed = {"amount", "currency", "customer", "payment_method", "payment_method_data"} & set(
        params
    )
    if fixed and status not in OPEN:
        name = sorted(fixed)[0]
        raise unexpected(
            old,
            f"This PaymentIntent's {name} could not be updated because it has a status of {status}. "
            f"You may only update the {name} of a PaymentIntent with one of the following statuses: "
            f"{', '.join(OPEN)}.",
        )
    changes = _fields(state, params, old)
    currency = old["currency"]
    if "currency" in params:
        currency = changes["currency"] = currency_of(params)
    amount = amount_of(params, currency)
    if amount is not None:
        changes["amount"] = amount
    method = new_method(state, params, changes.get("customer", old.get("customer")))
    if method is not None:
        changes |= {"payment_method": method["id"], "status": "requires_confirmation"}
        changes["next_action"] = None
    elif params.get("payment_method") == "":
        changes |= {"payment_method": None, "status": "requires_payment_method"}
    elif status == "requires_action" and amount is not None:
        changes |= {"status": "requires_confirmation", "next_action": None}
    # Stripe has no event for this.
    return state.change(old, **changes)


@endpoint(
    "POST /v1/payment_intents/:id/confirm",
    f"{CONFIRMING} allowed_payment_method_types amount_details amount_to_confirm capture_method "
    "client_secret excluded_payment_method_types hooks payment_details payment_method "
    "payment_method_data payment_method_options payment_method_types receipt_email "
    "setup_future_usage shipping",
)
def confirm(call: Call) -> Record:
    """Charge it, or say what the customer has to do first."""
    state, params = call.state, call.params
    old = state.get("payment_intent", call.id)
    status = old.get("status", "requires_payment_method")
    if status not in OPEN:
        why = {
            "succeeded": "it has already succeeded after being previously confirmed",
            "requires_capture": "it has already succeeded after being previously confirmed",
        }.get(status, f"it has a status of {status}")
        raise unexpected(old, f"You cannot confirm this PaymentIntent because {why}.")
    changes = _fields(state, params, old)
    method = new_method(state, params, old.get("customer"))
    if method is None and old.get("payment_method"):
        method = state.get("payment_method", old["payment_method"], "payment_method")
    if method is not None and method["id"] != old.get("payment_method"):
        changes["payment_method"] = method["id"]
        state.authenticated.discard(old["id"])
    return confirmed(call, {**old, **changes}, method)


@endpoint(
    "POST /v1/payment_intents/:id/capture",
    "amount_details amount_to_capture application_fee_amount final_capture hooks metadata "
    "payment_details statement_descriptor statement_descriptor_suffix transfer_data",
)
def capture(call: Call) -> Record:
    """Take the money that was held, or a part of it; the rest is let go."""
    state, params = call.state, call.params
    old = state.get("payment_intent", call.id)
    status = old.get("status", "requires_payment_method")
    if status != "requires_capture":
        raise unexpected(
            old,
            f"This PaymentIntent could not be captured because it has a status of {status}. Only a "
            "PaymentIntent with one of the following statuses may be captured: requires_capture.",
        )
    amount = integer(params, "amount_to_capture")
    if amount is None:
        amount = old["amount_capturable"]
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.",
            "amount_to_capture",
            "parameter_invalid_integer",
        )
    if amount > old["amount_capturable"]:
        raise invalid(
            f"The requested capture amount ({money(amount, old['currency'])}) is greater than the "
            f"amount you can capture for this charge "
            f"({money(old['amount_capturable'], old['currency'])}).",
            "amount_to_capture",
            "amount_too_large",
        )
    metadata = merged_metadata(old.get("metadata", {}), params)
    captured(state, state.get("charge", old["latest_charge"]), amount)
    changes: Record = {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
    if metadata is not None:
        changes["metadata"] = metadata
    new = state.change(old, **changes)
    state.emit("payment_intent.succeeded", new)
    return new


@endpoint("POST /v1/payment_intents/:id/cancel", "cancellation_reason")
def cancel(call: Call) -> Record:
    """Give up on it; what was held is let go."""
    state = call.state
    old = state.get("payment_intent", call.id)
    status = old.get("status", "requires_payment_method")
    reason = choice(
        call.params,
        "cancellation_reason",
        ("duplicate", "fraudulent", "requested_by_customer", "abandoned"),
    )
    if status not in CANCELABLE:
        raise unexpected(
            old,
            f"You cannot cancel this PaymentIntent because it has a status of {status}. Only a "
            "PaymentIntent with one of the following statuses may be canceled: "
            f"{', '.join(CANCELABLE)}.",
        )
    if status == "requires_capture":
        held = state.get("charge", old["latest_charge"])
        released = state.change(held, refunded=True, amount_refunded=held["amount"])
        state.emit("charge.refunded", released)
    new = state.change(
        old,
        status="canceled",
        canceled_at=state.now(),
        cancellation_reason=reason,
        amount_capturable=0,
        next_action=None,
    )
    state.emit("payment_intent.canceled", new)
    return new


@endpoint("GET /v1/payment_intents", f"{CURSORS} created customer customer_account")
def list_all(call: Call) -> Listed:
    """Intents, newest first."""
    customer = text(call.params, "customer")
    return page(
        call, "payment_intent", lambda one: customer is None or one.get("customer") == customer
    )


@endpoint("GET /v1/payment_intents/search", "query limit page")
def find(call: Call) -> Listed:
    """Intents that a query matches."""
    return search(call, "payment_intent", "amount created currency customer metadata status")


def _fields(state: State, params: Record, old: Record) -> Record:
    changes: Record = {}
    for name in ("description", "receipt_email", "transfer_group"):
        if name in params:
            changes[name] = text(params, name)
    for name, longest in (("statement_descriptor", 22), ("statement_descriptor_suffix", 22)):
        if name in params:
            changes[name] = text(params, name, longest)
    if (customer := text(params, "customer")) is not None:
        state.get("customer", customer, "customer")
        changes["customer"] = customer
    captures = choice(params, "capture_method", ("automatic", "automatic_async", "manual"))
    if captures is not None:
        changes["capture_method"] = captures
    usage = choice(params, "setup_future_usage", ("off_session", "on_session"))
    if usage is not None:
        changes["setup_future_usage"] = usage
    if (types := card_types(params)) is not None:
        changes |= types
        changes["automatic_payment_methods"] = None
    for name in ("shipping", "transfer_data"):
        if name in params:
            changes[name] = mapping(params, name)
    if (options := mapping(params, "payment_method_options")) is not None:
        card = mapping(options, "card") or {}
        before = DEFAULTS["payment_intent"]["payment_method_options"]["card"]
        changes["payment_method_options"] = {"card": {**before, **card}}
    if "application_fee_amount" in params:
        changes["application_fee_amount"] = integer(params, "application_fee_amount")
    metadata = merged_metadata(old.get("metadata", {}), params)
    if metadata is not None:
        changes["metadata"] = metadata
    return changes
