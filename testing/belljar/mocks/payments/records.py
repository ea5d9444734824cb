"""`render`: an object of the state as the API shows it, with what is asked to be expanded.

A record has only what differs from its kind's defaults here: thousands of payments fit in little.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from belljar.mocks.payments.errors import invalid

if TYPE_CHECKING:
    from belljar.mocks.payments.state import Record, State

__all__ = ["DEFAULTS", "Rendered", "expand", "render"]

Rendered = dict[str, Any]

NO_ADDRESS = {
    "city": None,
    "country": None,
    "line1": None,
    "line2": None,
    "postal_code": None,
    "state": None,
}

DEFAULTS: dict[str, Rendered] = {
    "customer": {
        "id": "",
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": 0,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": "",
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    },
    "payment_method": {
        "id": "",
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {
            "address": NO_ADDRESS,
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "created": 0,
        "customer": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
    },
    "payment_intent": {
        "id": "",
        "object": "payment_intent",
        "amount": 0,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": None,
        "confirmation_method": "automatic",
        "created": 0,
        "currency": "usd",
        "customer": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "installments": None,
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    },
    "setup_intent": {
        "id": "",
        "object": "setup_intent",
        "application": None,
        "attach_to_self": False,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": None,
        "created": 0,
        "customer": None,
        "description": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {
            "card": {
                "mandate_options": None,
                "network": None,
                "request_three_d_secure": "automatic",
            }
        },
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    },
    "charge": {
        "id": "",
        "object": "charge",
        "amount": 0,
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {
            "address": NO_ADDRESS,
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        "calculated_statement_descriptor": "BELLJAR",
        "captured": True,
        "created": 0,
        "currency": "usd",
        "customer": None,
        "description": None,
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "on_behalf_of": None,
        "outcome": None,
        "paid": True,
        "payment_intent": None,
        "payment_method": None,
        "payment_method_details": None,
        "radar_options": {},
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "succeeded",
        "transfer_data": None,
        "transfer_group": None,
    },
    "refund": {
        "id": "",
        "object": "refund",
        "amount": 0,
        "balance_transaction": None,
        "charge": None,
        "created": 0,
        "currency": "usd",
        "destination_details": {
            "card": {
                "reference_status": "pending",
                "reference_type": "acquirer_reference_number",
                "type": "refund",
            },
            "type": "card",
        },
        "metadata": {},
        "payment_intent": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    },
    "balance_transaction": {
        "id": "",
        "object": "balance_transaction",
        "amount": 0,
        "available_on": 0,
        "balance_type": "payments",
        "created": 0,
        "currency": "usd",
        "description": None,
        "exchange_rate": None,
        "fee": 0,
        "fee_details": [],
        "net": 0,
        "reporting_category": "charge",
        "source": None,
        "status": "pending",
        "type": "charge",
    },
    "webhook_endpoint": {
        "id": "",
        "object": "webhook_endpoint",
        "api_version": None,
        "application": None,
        "created": 0,
        "description": None,
        "enabled_events": [],
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": "",
    },
}

# Which fields hold the id of what.
LINKS: dict[str, dict[str, str]] = {
    "customer": {},
    "payment_method": {"customer": "customer"},
    "payment_intent": {
        "customer": "customer",
        "payment_method": "payment_method",
        "latest_charge": "charge",
    },
    "setup_intent": {"customer": "customer", "payment_method": "payment_method"},
    "charge": {
        "customer": "customer",
        "payment_intent": "payment_intent",
        "balance_transaction": "balance_transaction",
    },
    "refund": {
        "charge": "charge",
        "payment_intent": "payment_intent",
        "balance_transaction": "balance_transaction",
    },
    "balance_transaction": {"source": "charge"},
    "webhook_endpoint": {},
}

DEPTH = 4


def render(record: Record) -> Rendered:
    """The whole object."""
    if record.get("deleted"):
        return {"id": record["id"], "object": record["object"], "deleted": True}
    return {**DEFAULTS[record["object"]], **record}


def expand(state: State, rendered: Rendered, paths: Iterable[str]) -> Rendered:
    """The object, or the list of them, with ids replaced by objects where the paths lead."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > DEPTH + 1:
            raise invalid("You cannot expand more than 4 levels of a property.", "expand")
        if rendered.get("object") in ("list", "search_result"):
            if steps[0] != "data":
                raise _impossible(path)
            for one in rendered["data"]:
                _follow(state, one, steps[1:], path)
        else:
            _follow(state, rendered, steps, path)
    return rendered


def _follow(state: State, here: Rendered, steps: list[str], path: str) -> None:
    if not steps:
        raise _impossible(path)
    step, rest = steps[0], steps[1:]
    kind = str(here.get("object", ""))
    if kind == "charge" and step == "refunds":
        here.setdefault("refunds", _refunds_of(state, here["id"]))
        if rest[:1] == ["data"]:
            for one in here["refunds"]["data"]:
                _follow(state, one, rest[1:], path)
        return
    if kind == "customer" and step == "invoice_settings" and rest[:1] == ["default_payment_method"]:
        settings = here["invoice_settings"] = dict(here["invoice_settings"])
        _replace(state, settings, "default_payment_method", "payment_method", rest[1:], path)
        return
    linked = LINKS.get(kind, {}).get(step)
    if linked is None:
        if step not in ("default_source", "latest_attempt", "review", "application"):
            raise _impossible(path)
        return  # can be expanded, and is nothing here
    _replace(state, here, step, linked, rest, path)


def _replace(
    state: State, here: Rendered, step: str, kind: str, rest: list[str], path: str
) -> None:
    value = here[step]
    if isinstance(value, str):
        if kind == "charge" and value.startswith("re_"):
            kind = "refund"  # the source of a balance transaction
        found = state.collections[kind].get(value)
        if found is None:
            return
        value = here[step] = render(found)
    if rest and isinstance(value, dict):
        _follow(state, value, rest, path)


def _refunds_of(state: State, charge: str) -> Rendered:
    refunds = [one for one in state.collections["refund"].values() if one["charge"] == charge]
    return {
        "object": "list",
        "data": [render(one) for one in reversed(refunds)][:10],
        "has_more": len(refunds) > 10,
        "url": f"/v1/charges/{charge}/refunds",
    }


def _impossible(path: str) -> Exception:
    return invalid(f"This property cannot be expanded ({path}).", "expand")
