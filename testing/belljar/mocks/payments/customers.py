"""The endpoints under `/v1/customers`."""

from __future__ import annotations

from belljar.mocks.payments.calls import Call, Listed, endpoint
from belljar.mocks.payments.checks import choice, integer, mapping, merged_metadata, text, texts
from belljar.mocks.payments.defaults import DEFAULTS
from belljar.mocks.payments.errors import invalid, no_such
from belljar.mocks.payments.lists import CURSORS, page
from belljar.mocks.payments.payment_methods import attached, given_method
from belljar.mocks.payments.searching import search
from belljar.mocks.payments.state import Record, State

__all__: list[str] = []

FIELDS = (
    "address balance business_name cash_balance description email individual_name invoice_prefix "
    "invoice_settings metadata name next_invoice_sequence phone preferred_locales shipping source "
    "tax tax_exempt validate"
)
TEXTS = ("description", "email", "individual_name", "business_name", "name", "phone")


@endpoint("POST /v1/customers", f"{FIELDS} payment_method tax_id_data test_clock")
def create(call: Call) -> Record:
    """Make a customer."""
    state, params = call.state, call.params
    identifier = state.new_id("cus_", 14)
    changes = _fields(state, params, None, identifier)
    method = text(params, "payment_method")
    record: Record = {
        "id": identifier,
        "object": "customer",
        "created": state.now(),
        "invoice_prefix": state.random(f"invoice {identifier}", 8).upper(),
        **changes,
    }
    made = given_method(state, method, "payment_method") if method else None
    if made is not None:
        attached(state, made, identifier)
    state.put(record)
    state.emit("customer.created", record)
    return record


@endpoint("GET /v1/customers/:id")
def retrieve(call: Call) -> Record:
    """One customer; of a deleted one, that it is."""
    record = call.state.collections["customer"].get(call.id)
    if record is None:
        raise no_such("customer", call.id)
    return record


@endpoint("POST /v1/customers/:id", f"{FIELDS} default_source")
def update(call: Call) -> Record:
    """Change a customer."""
    old = call.state.get("customer", call.id)
    changes = _fields(call.state, call.params, old, call.id)
    return call.state.updated("customer.updated", old, changes)


@endpoint("DELETE /v1/customers/:id")
def delete(call: Call) -> Record:
    """Delete a customer; its payment methods are let go."""
    state = call.state
    old = state.get("customer", call.id)
    for method in list(state.collections["payment_method"].values()):
        if method.get("customer") == call.id:
            state.change(method, customer=None)
            state.used.add(method["id"])
    state.emit("customer.deleted", old)
    return state.change(old, deleted=True)


@endpoint("GET /v1/customers", f"{CURSORS} created email test_clock")
def list_all(call: Call) -> Listed:
    """Customers, newest first."""
    email = text(call.params, "email")
    return page(call, "customer", lambda one: email is None or one.get("email") == email)


@endpoint("GET /v1/customers/search", "query limit page")
def find(call: Call) -> Listed:
    """Customers that a query matches."""
    return search(call, "customer", "created email metadata name phone")


@endpoint("GET /v1/customers/:id/payment_methods", f"{CURSORS} type allow_redisplay")
def methods(call: Call) -> Listed:
    """The payment methods of a customer."""
    call.state.get("customer", call.id)
    kind = text(call.params, "type")
    return page(
        call,
        "payment_method",
        lambda one: one.get("customer") == call.id and kind in (None, one.get("type", "card")),
    )


@endpoint("GET /v1/customers/:id/payment_methods/:id")
def method(call: Call) -> Record:
    """One of them."""
    call.state.get("customer", call.id)
    found = call.state.get("payment_method", call.ids[1])
    if found.get("customer") != call.id:
        raise no_such("payment_method", call.ids[1])
    return found


def _fields(state: State, params: Record, old: Record | None, identifier: str) -> Record:
    changes: Record = {name: text(params, name, 5000) for name in TEXTS if name in params}
    email = changes.get("email")
    if email is not None and ("@" not in email or email != email.strip() or len(email) > 512):
        raise invalid(f"Invalid email address: {email}", "email", "email_invalid")
    for name in ("address", "shipping"):
        if name in params:
            changes[name] = mapping(params, name)
    for name in ("balance", "next_invoice_sequence"):
        if name in params:
            changes[name] = integer(params, name)
    if "tax_exempt" in params:
        changes["tax_exempt"] = (
            choice(params, "tax_exempt", ("none", "exempt", "reverse")) or "none"
        )
    if "preferred_locales" in params:
        changes["preferred_locales"] = texts(params, "preferred_locales")
    if "invoice_prefix" in params:
        changes["invoice_prefix"] = text(params, "invoice_prefix")
    if (settings := mapping(params, "invoice_settings")) is not None:
        default = text(settings, "default_payment_method")
        if default is not None:
            found = state.get("payment_method", default, "invoice_settings[default_payment_method]")
            if found.get("customer") != identifier:
                raise no_such(
                    "payment_method", default, "invoice_settings[default_payment_method]", 400
                )
        before = (old or {}).get("invoice_settings") or DEFAULTS["customer"]["invoice_settings"]
        changes["invoice_settings"] = {
            **before,
            **{name: value if value != "" else None for name, value in settings.items()},
        }
    metadata = merged_metadata((old or {}).get("metadata", {}), params)
    if metadata is not None:
        changes["metadata"] = metadata
    return changes
