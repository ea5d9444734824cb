"""`charge`: what becomes of the money when an intent is confirmed: charged, declined, captured later."""

from __future__ import annotations

from belljar.mocks.payments.cards import Card, Decline
from belljar.mocks.payments.payment_methods import card_error, error_fields
from belljar.mocks.payments.records import render
from belljar.mocks.payments.state import DAY, Record, State

__all__ = ["book", "capture", "charge", "fee_of"]

PAYOUT_DAYS = 2
APPROVED: dict[str, Record] = {
    risk: {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network",
        "reason": "elevated_risk_level" if risk == "elevated" else None,
        "risk_level": risk,
        "risk_score": 70 if risk == "elevated" else 20,
        "seller_message": "Payment complete.",
        "type": "authorized",
    }
    for risk in ("normal", "elevated")
}


def charge(state: State, intent: Record, method: Record, card: Card) -> Record:
    """The intent after its amount was charged. Raises a card error, when the intent has noted it."""
    manual = intent.get("capture_method") == "manual"
    amount = intent["amount"]
    identifier = state.new_id("ch_3", 23)
    made: Record = {
        "id": identifier,
        "object": "charge",
        "amount": amount,
        "created": state.now(),
        "currency": intent["currency"],
        "customer": intent.get("customer"),
        "description": intent.get("description"),
        "metadata": intent.get("metadata", {}),
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": _details(state, intent, method),
        "receipt_email": intent.get("receipt_email"),
        "shipping": intent.get("shipping"),
    }
    if "billing_details" in method:
        made["billing_details"] = method["billing_details"]
    decline = card.decline or state.decline
    if decline is not None:
        raise _declined(state, intent, method, card, decline, made)
    made["outcome"] = APPROVED[card.risk]
    if manual:
        made["captured"] = False
    else:
        made["amount_captured"] = amount
        made["balance_transaction"] = book(
            state, "charge", identifier, amount, made, card.available_at_once
        )
    state.put(made)
    state.emit("charge.succeeded", made)
    changes: Record = {
        "latest_charge": identifier,
        "payment_method": method["id"],
        "next_action": None,
        "last_payment_error": None,
    }
    if manual:
        changes |= {"status": "requires_capture", "amount_capturable": amount}
    else:
        changes |= {"status": "succeeded", "amount_received": amount}
    intent = state.change(intent, **changes)
    kind = "amount_capturable_updated" if manual else "succeeded"
    state.emit(f"payment_intent.{kind}", intent)
    return intent


def capture(state: State, made: Record, amount: int) -> Record:
    """The charge, captured; what is not captured of it is given back."""
    card = state.cards[made["payment_method"]]
    new = state.change(
        made,
        captured=True,
        amount_captured=amount,
        amount_refunded=made["amount"] - amount,
        balance_transaction=book(state, "charge", made["id"], amount, made, card.available_at_once),
    )
    state.emit("charge.captured", new)
    return new


def book(
    state: State, kind: str, source: str, amount: int, charged: Record, at_once: bool = False
) -> str:
    """The id of a new balance transaction over `amount`, less than 0 for what goes out."""
    fee = fee_of(amount) if amount > 0 else 0
    now = state.now()
    record: Record = {
        "id": state.new_id("txn_3", 23),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now if at_once or amount < 0 else now + PAYOUT_DAYS * DAY,
        "created": now,
        "currency": charged["currency"],
        "description": charged.get("description"),
        "fee": fee,
        "net": amount - fee,
        "reporting_category": kind,
        "source": source,
        "type": kind,
    }
    if fee:
        record["fee_details"] = [
            state.shared(("fee", fee, charged["currency"]), lambda: _fee(fee, charged["currency"]))
        ]
    state.put(record)
    return str(record["id"])


def _fee(fee: int, currency: str) -> Record:
    return {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }


def fee_of(amount: int) -> int:
    """2.9 % and 30, as in the United States."""
    return (amount * 29 + 500) // 1000 + 30


def _declined(
    state: State, intent: Record, method: Record, card: Card, decline: Decline, made: Record
) -> Exception:
    blocked = card.risk == "highest"
    made |= {
        "captured": False,
        "paid": False,
        "status": "failed",
        "failure_code": decline.code,
        "failure_message": decline.message,
        "outcome": {
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "not_sent_to_network" if blocked else "declined_by_network",
            "reason": "highest_risk_level" if blocked else decline.decline_code or decline.code,
            "risk_level": card.risk,
            "risk_score": 90 if blocked else 20,
            "seller_message": "Stripe blocked this payment as too risky."
            if blocked
            else "The bank did not return any further details with this decline.",
            "type": "blocked" if blocked else "issuer_declined",
        },
    }
    state.put(made)
    state.emit("charge.failed", made)
    shown = render(method)
    intent = state.change(
        intent,
        status="requires_payment_method",
        latest_charge=made["id"],
        payment_method=None,
        next_action=None,
        last_payment_error={"charge": made["id"], **error_fields(decline, shown)},
    )
    state.authenticated.discard(intent["id"])
    state.emit("payment_intent.payment_failed", intent)
    return card_error(
        decline, charge=made["id"], payment_intent=render(intent), payment_method=shown
    )


def _details(state: State, intent: Record, method: Record) -> Record:
    card = method["card"]
    what = (card["fingerprint"], card["exp_month"], card["exp_year"], card["checks"]["cvc_check"])
    return state.shared(
        ("details", intent["amount"], *what),
        lambda: {"card": _shown_card(intent, method), "type": "card"},
    )


def _shown_card(intent: Record, method: Record) -> Record:
    card = method["card"]
    return {
        "amount_authorized": intent["amount"],
        "authorization_code": None,
        "brand": card["brand"],
        "checks": {**card["checks"], "cvc_check": "pass" if card["checks"]["cvc_check"] else None},
        "country": card["country"],
        "exp_month": card["exp_month"],
        "exp_year": card["exp_year"],
        "extended_authorization": {"status": "disabled"},
        "fingerprint": card["fingerprint"],
        "funding": card["funding"],
        "incremental_authorization": {"status": "unavailable"},
        "installments": None,
        "last4": card["last4"],
        "mandate": None,
        "multicapture": {"status": "unavailable"},
        "network": card["brand"],
        "network_token": {"used": False},
        "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
        "regulated_status": "unregulated",
        "three_d_secure": None,
        "wallet": None,
    }
