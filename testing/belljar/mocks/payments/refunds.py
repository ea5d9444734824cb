"""The endpoints under `/v1/refunds`."""

from __future__ import annotations

from belljar.mocks.payments.calls import Call, Listed, endpoint
from belljar.mocks.payments.charging import book
from belljar.mocks.payments.checks import choice, integer, merged_metadata, money, text
from belljar.mocks.payments.errors import StripeError, invalid
from belljar.mocks.payments.lists import CURSORS, page
from belljar.mocks.payments.state import Record, State

__all__ = ["settle"]


@endpoint(
    "POST /v1/refunds",
    "amount charge currency customer instructions_email metadata origin payment_intent reason "
    "refund_application_fee reverse_transfer",
)
def create(call: Call) -> Record:
    """Give a charge back, or a part of it."""
    state, params = call.state, call.params
    charged = _charge(state, params)
    reason = choice(params, "reason", ("duplicate", "fraudulent", "requested_by_customer"))
    left = charged["amount"] - charged.get("amount_refunded", 0)
    currency = charged["currency"]
    amount = integer(params, "amount")
    if left <= 0:
        raise invalid(
            f"Charge {charged['id']} has already been refunded.", code="charge_already_refunded"
        )
    if amount is None:
        amount = left
    if amount < 1:
        raise invalid(
            "This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer"
        )
    if amount > left:
        what = "unrefunded amount on charge" if left < charged["amount"] else "charge amount"
        raise invalid(
            f"Refund amount ({money(amount, currency)}) is greater than {what} "
            f"({money(left, currency)})",
            "amount",
        )
    card = state.cards[charged["payment_method"]]
    identifier = state.new_id("re_3", 23)
    record: Record = {
        "id": identifier,
        "object": "refund",
        "amount": amount,
        "balance_transaction": book(state, "refund", identifier, -amount, charged),
        "charge": charged["id"],
        "created": state.now(),
        "currency": currency,
        "metadata": merged_metadata({}, params) or {},
        "payment_intent": charged["payment_intent"],
        "reason": reason,
        "status": "pending" if card.refund == "pending" else "succeeded",
    }
    state.put(record)
    refunded = charged.get("amount_refunded", 0) + amount
    charged = state.change(
        charged, amount_refunded=refunded, refunded=refunded == charged["amount"]
    )
    state.emit("refund.created", record)
    state.emit("charge.refunded", charged)
    if card.refund == "fails":
        settle(state, record, "failed")
        # The caller is told of it later, as with a bank: by an event.
    return record


@endpoint("GET /v1/refunds/:id")
def retrieve(call: Call) -> Record:
    """One refund."""
    return call.state.get("refund", call.id)


@endpoint("POST /v1/refunds/:id", "metadata")
def update(call: Call) -> Record:
    """Change its metadata."""
    old = call.state.get("refund", call.id)
    metadata = merged_metadata(old["metadata"], call.params)
    changes = {} if metadata is None else {"metadata": metadata}
    return call.state.updated("refund.updated", old, changes)


@endpoint("POST /v1/refunds/:id/cancel")
def cancel(call: Call) -> Record:
    """Refuse: a refund to a card can't be taken back."""
    call.state.get("refund", call.id)
    raise invalid("You can only cancel a refund that is in the requires_action status.")


@endpoint("GET /v1/refunds", f"{CURSORS} charge created payment_intent")
def list_all(call: Call) -> Listed:
    """Refunds, newest first."""
    charged, intent = text(call.params, "charge"), text(call.params, "payment_intent")
    return page(
        call,
        "refund",
        lambda one: charged in (None, one["charge"]) and intent in (None, one["payment_intent"]),
    )


def settle(state: State, record: Record, status: str) -> Record:
    """The refund when the bank has said yes, or no: then the money is back in the charge."""
    changes: Record = {"status": status}
    if status == "failed":
        changes["failure_reason"] = "unknown"
        charged = state.get("charge", record["charge"])
        changes["failure_balance_transaction"] = book(
            state, "refund_failure", record["id"], record["amount"], charged
        )
        left = charged["amount_refunded"] - record["amount"]
        state.change(charged, amount_refunded=left, refunded=False)
    new = state.change(record, **changes)
    state.emit("refund.failed" if status == "failed" else "refund.updated", new)
    return new


def _charge(state: State, params: Record) -> Record:
    charged, intent = text(params, "charge"), text(params, "payment_intent")
    if charged is None and intent is None:
        raise StripeError(
            "One of the following params should be provided for this request: payment_intent or charge.",
            code="parameter_missing",
        )
    if charged is not None:
        found = state.get("charge", charged, "charge")
    else:
        assert intent is not None
        identifier = state.get("payment_intent", intent, "payment_intent").get("latest_charge")
        found = state.collections["charge"].get(identifier or "", {})
    if not found or not found.get("paid", True):
        named = intent if intent is not None else charged
        raise invalid(
            f"This PaymentIntent ({named}) does not have a successful charge to refund."
            if intent is not None
            else f"Charge {named} has failed, so it can't be refunded."
        )
    if not found.get("captured", True):
        raise invalid(
            f"Charge {found['id']} is not captured: cancel its PaymentIntent to let it go.",
            "payment_intent" if intent is not None else "charge",
        )
    return found
