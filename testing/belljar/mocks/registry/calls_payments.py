"""The calls of the contract of `payments`: every endpoint that docs/payments.md lists, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from belljar.mocks.registry.recording import Record
from belljar.mocks.registry.scripts import script

__all__ = ["OPERATIONS"]

# The account's clock stands, so that times are the same on both sides.
NOW = 1_780_000_000
PAID = "currency=eur payment_method=pm_card_visa payment_method_types[]=card confirm=true"
HELD = f"{PAID} capture_method=manual"


def _account(client: Any) -> dict[str, str]:
    client.set_time(NOW)
    return {"Authorization": f"Bearer {client.api_key}"}


def _declined(client: Any) -> dict[str, str]:
    client.decline("insufficient_funds")
    return _account(client)


def _webhooks(client: Any, record: Record) -> None:
    send = record.http(client.url, _account(client))
    client.pause_webhooks()
    send(
        "POST /v1/webhook_endpoints",
        **{"url": "https://shop.test/hook", "enabled_events[]": "customer.created"},
    )
    send("POST /v1/customers", name="Ada")
    record.note("webhooks", [[each["type"], each["status"]] for each in client.webhooks()])
    client.advance(60)
    record.note("now", client.now())


def _authentication(client: Any, record: Record) -> None:
    send = record.http(client.url, _account(client))
    form = PAID.replace("pm_card_visa", "pm_card_authenticationRequired").split()
    fields = dict(pair.split("=") for pair in form)
    for passes in (True, False):
        asked = send("POST /v1/payment_intents", amount=700, **fields)
        record.note("authenticated", client.authenticate(asked.json["id"], succeeds=passes))


def _bank(client: Any, record: Record) -> None:
    send = record.http(client.url, _account(client))
    fields = dict(pair.split("=") for pair in PAID.split()) | {
        "payment_method": "pm_card_pendingRefund"
    }
    paid = send("POST /v1/payment_intents", amount=700, **fields)
    refund = send("POST /v1/refunds", payment_intent=paid.json["id"])
    record.note("settled", client.settle_refund(refund.json["id"], succeeds=False))


_named: list[tuple[Callable[[Any, Record], None], str]] = [
    (_webhooks, "webhooks"),
    (_authentication, "authentication"),
    (_bank, "bank"),
]
for _function, _name in _named:
    _function.__name__ = _name

OPERATIONS: tuple[Callable[[Any, Record], None], ...] = (
    script(
        "customers",
        _account,
        """
        POST /v1/customers email=ada@example.com name=Ada metadata[plan]=gold -> customer
        GET /v1/customers/{customer}
        POST /v1/customers/{customer} phone=123
        GET /v1/customers limit=1
        GET /v1/customers/search query=email:'ada@example.com'
        POST /v1/payment_methods/pm_card_visa/attach customer={customer} -> method
        GET /v1/customers/{customer}/payment_methods
        GET /v1/customers/{customer}/payment_methods/{method}
        DELETE /v1/customers/{customer}
        GET /v1/customers/{customer}
        GET /v1/customers/cus_none
        POST /v1/customers no_such=1
        """,
    ),
    script(
        "payment_methods",
        _account,
        """
        POST /v1/payment_methods type=card card[token]=tok_visa -> method
        GET /v1/payment_methods/{method}
        POST /v1/payment_methods/{method} metadata[a]=1
        POST /v1/customers -> customer
        POST /v1/payment_methods/{method}/attach customer={customer}
        GET /v1/payment_methods customer={customer} type=card
        POST /v1/payment_methods/{method}/detach
        POST /v1/payment_methods type=card card[number]=4000000000000002 card[exp_month]=1 card[exp_year]=2040
        POST /v1/payment_methods type=card card[number]=1
        """,
    ),
    script(
        "payment_intents",
        _account,
        f"""
        POST /v1/payment_intents amount=1200 {PAID} expand[]=latest_charge -> paid
        GET /v1/payment_intents/{{paid}} -> charge=latest_charge
        POST /v1/payment_intents amount=900 currency=eur payment_method_types[]=card -> open
        POST /v1/payment_intents/{{open}} description=shoes
        POST /v1/payment_intents/{{open}}/confirm payment_method=pm_card_visa
        POST /v1/payment_intents amount=800 {HELD} -> held
        POST /v1/payment_intents/{{held}}/capture amount_to_capture=500
        POST /v1/payment_intents amount=700 {HELD} -> other
        POST /v1/payment_intents/{{other}}/cancel cancellation_reason=abandoned
        POST /v1/payment_intents/{{other}}/capture
        GET /v1/payment_intents limit=2
        GET /v1/payment_intents limit=2 starting_after={{held}}
        GET /v1/payment_intents/search query=amount>800
        POST /v1/payment_intents amount=-1 currency=eur
        POST /v1/payment_intents amount=700 {PAID.replace("visa", "chargeDeclined")}
        """,
    ),
    script(
        "setup_intents",
        _account,
        """
        POST /v1/customers -> customer
        POST /v1/setup_intents customer={customer} payment_method_types[]=card -> setup
        GET /v1/setup_intents/{setup}
        POST /v1/setup_intents/{setup} description=later
        POST /v1/setup_intents/{setup}/confirm payment_method=pm_card_visa
        POST /v1/setup_intents payment_method_types[]=card -> other
        POST /v1/setup_intents/{other}/cancel
        GET /v1/setup_intents limit=1
        """,
    ),
    script(
        "charges",
        _account,
        f"""
        POST /v1/payment_intents amount=1200 {PAID} -> paid charge=latest_charge
        GET /v1/charges/{{charge}} expand[]=balance_transaction -> booked=balance_transaction.id
        POST /v1/charges/{{charge}} description=shoes
        GET /v1/charges
        GET /v1/charges/search query=amount:1200
        GET /v1/charges/{{charge}}/refunds
        GET /v1/balance
        GET /v1/balance_transactions
        GET /v1/balance_transactions/{{booked}}
        GET /v1/account
        """,
    ),
    script(
        "refunds",
        _account,
        f"""
        POST /v1/payment_intents amount=1200 {PAID} -> paid
        POST /v1/refunds payment_intent={{paid}} amount=200 -> refund
        GET /v1/refunds/{{refund}}
        POST /v1/refunds/{{refund}} metadata[why]=broken
        POST /v1/refunds/{{refund}}/cancel
        POST /v1/refunds payment_intent={{paid}}
        POST /v1/refunds payment_intent={{paid}} amount=1
        GET /v1/refunds payment_intent={{paid}}
        """,
    ),
    script(
        "events",
        _account,
        """
        POST /v1/customers name=Ada
        GET /v1/events -> event=data.0.id
        GET /v1/events/{event}
        POST /v1/webhook_endpoints url=https://shop.test/hook enabled_events[]=* -> endpoint
        GET /v1/webhook_endpoints/{endpoint}
        POST /v1/webhook_endpoints/{endpoint} disabled=true
        GET /v1/webhook_endpoints
        DELETE /v1/webhook_endpoints/{endpoint}
        """,
    ),
    script(
        "everywhere",
        _account,
        f"""
        POST /v1/payment_intents amount=1200 {PAID} @Idempotency-Key=one
        POST /v1/payment_intents amount=1200 {PAID} @Idempotency-Key=one
        POST /v1/payment_intents amount=1300 {PAID} @Idempotency-Key=one
        GET /v1/customers @Stripe-Version=1999-01-01
        GET /v1/customers @Authorization=Bearer
        GET /v1/products
        """,
    ),
    script("declines", _declined, f"POST /v1/payment_intents amount=1200 {PAID}"),
    _webhooks,
    _authentication,
    _bank,
)
