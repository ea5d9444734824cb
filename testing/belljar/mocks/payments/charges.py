"""The endpoints under `/v1/charges`, `/v1/balance`, `/v1/balance_transactions` and `/v1/account`."""

from __future__ import annotations

from collections import defaultdict

from belljar.mocks.payments.calls import Call, Listed, endpoint
from belljar.mocks.payments.checks import mapping, merged_metadata, text
from belljar.mocks.payments.lists import CURSORS, page
from belljar.mocks.payments.records import render
from belljar.mocks.payments.searching import search
from belljar.mocks.payments.state import Record

__all__: list[str] = []


@endpoint("GET /v1/charges/:id")
def retrieve(call: Call) -> Record:
    """One charge."""
    return call.state.get("charge", call.id)


@endpoint(
    "POST /v1/charges/:id",
    "customer description fraud_details metadata receipt_email shipping transfer_group",
)
def update(call: Call) -> Record:
    """Change what is said about a charge."""
    state, params = call.state, call.params
    old = state.get("charge", call.id)
    names = ("customer", "description", "receipt_email", "transfer_group")
    changes: Record = {name: text(params, name) for name in names if name in params}
    if "shipping" in params:
        changes["shipping"] = mapping(params, "shipping")
    if "fraud_details" in params:
        changes["fraud_details"] = mapping(params, "fraud_details") or {}
    metadata = merged_metadata(old["metadata"], params)
    if metadata is not None:
        changes["metadata"] = metadata
    return state.updated("charge.updated", old, changes)


@endpoint("GET /v1/charges", f"{CURSORS} created customer payment_intent transfer_group")
def list_all(call: Call) -> Listed:
    """Charges, newest first."""
    customer, intent = text(call.params, "customer"), text(call.params, "payment_intent")
    return page(
        call,
        "charge",
        lambda one: (
            customer in (None, one.get("customer")) and intent in (None, one["payment_intent"])
        ),
    )


@endpoint("GET /v1/charges/search", "query limit page")
def find(call: Call) -> Listed:
    """Charges that a query matches."""
    return search(call, "charge", "amount created currency customer metadata status")


@endpoint("GET /v1/charges/:id/refunds", CURSORS)
def refunds(call: Call) -> Listed:
    """The refunds of a charge."""
    call.state.get("charge", call.id)
    return page(call, "refund", lambda one: one["charge"] == call.id)


@endpoint("GET /v1/balance")
def balance(call: Call) -> Record:
    """What is there, and what will be in two days."""
    now = call.state.now()
    available: dict[str, int] = defaultdict(int)
    pending: dict[str, int] = defaultdict(int)
    for one in call.state.collections["balance_transaction"].values():
        (available if one["available_on"] <= now else pending)[one["currency"]] += one["net"]
    currencies = sorted({*available, *pending} or {"usd"})

    def shown(amounts: dict[str, int]) -> list[Record]:
        return [
            {"amount": amounts[one], "currency": one, "source_types": {"card": amounts[one]}}
            for one in currencies
        ]

    return {
        "object": "balance",
        "available": shown(available),
        "livemode": False,
        "pending": shown(pending),
    }


@endpoint("GET /v1/balance_transactions/:id")
def transaction(call: Call) -> Record:
    """One movement of money."""
    return _timely(call, call.state.get("balance_transaction", call.id))


@endpoint("GET /v1/balance_transactions", f"{CURSORS} created currency payout source type")
def transactions(call: Call) -> Listed:
    """Movements of money, newest first."""
    params = call.params
    kind, source, currency = (text(params, name) for name in ("type", "source", "currency"))
    listed = page(
        call,
        "balance_transaction",
        lambda one: (
            kind in (None, one["type"])
            and source in (None, one["source"])
            and currency in (None, one["currency"])
        ),
    )
    return listed._replace(data=[render(_timely(call, one)) for one in listed.data])


@endpoint("GET /v1/account")
def account(call: Call) -> Record:
    """The account of the namespace."""
    return {
        "id": "acct_1" + call.state.random("account", 15),
        "object": "account",
        "business_type": "company",
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": f"{call.state.namespace}@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
    }


def _timely(call: Call, record: Record) -> Record:
    there = record["available_on"] <= call.state.now()
    return {**record, "status": "available" if there else "pending"}
