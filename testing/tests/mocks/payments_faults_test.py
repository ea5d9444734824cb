"""Fault plans at the payments mock, as the official client meets them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
import stripe

from belljar.mocks import ControlRefused
from belljar.mocks.payments import PaymentsClient

pytest_plugins = ["belljar.mocks.plugin"]

PAID: Any = {
    "amount": 1200,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
}


def plan(
    kind: str, on: str = "payments", when: dict[str, Any] | None = None, **values: object
) -> dict[str, Any]:
    match = {"path": "/v1/payment_intents"} if on == "payments" else {}
    fault = {"on": on, "match": match, "kind": kind, "with": values, "when": when or {"times": 1}}
    return {"version": 1, "seed": 7, "faults": [fault]}


@pytest.fixture
def client(payments: PaymentsClient) -> stripe.StripeClient:
    return stripe.StripeClient(
        payments.api_key, base_addresses={"api": payments.url}, max_network_retries=2
    )


def test_it_fails_once_and_then_works(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    payments.set_faults(plan("status", status=503))
    assert client.v1.payment_intents.create(PAID).status == "succeeded"
    entries = payments.journal()
    assert [(one["status"], one["fault"]) for one in entries] == [(503, "status"), (200, None)]
    assert payments.faults_record()["faults"][0]["when"] == {"calls": [1]}


def test_a_lost_answer_is_made_good_by_the_clients_own_idempotency_key(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    payments.set_faults(plan("lose_answer"))
    paid = client.v1.payment_intents.create(PAID)
    assert [one.payment_intent for one in client.v1.charges.list().data] == [paid.id]
    assert paid.last_response is not None
    assert paid.last_response.headers["Idempotent-Replayed"] == "true"


def test_other_namespaces_have_no_faults(payments: PaymentsClient) -> None:
    payments.set_faults(plan("status", status=503, when={"probability": 1.0}))
    other = stripe.StripeClient("sk_test_other", base_addresses={"api": payments.url})
    assert other.v1.payment_intents.create(PAID).status == "succeeded"


def test_a_reset_takes_the_faults_away(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    payments.set_faults(plan("status", status=503, when={"probability": 1.0}))
    payments.reset()
    assert client.v1.payment_intents.create(PAID).status == "succeeded"


def test_a_plan_that_is_none_is_refused(payments: PaymentsClient) -> None:
    for wrong in ({"version": 99}, plan("nonsense"), plan("status", status=9999)):
        with pytest.raises(ControlRefused) as caught:
            payments.set_faults(wrong)
        assert caught.value.status == 400


def test_webhooks_come_twice_when_planned(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    payments.retry_webhooks()
    payments.set_faults(plan("duplicate", "payments.webhooks"))
    client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/nobody", "enabled_events": ["customer.created"]}
    )
    client.v1.customers.create()
    client.v1.customers.create()
    deliveries = payments.wait_for_webhooks()
    assert [(one["copy"], one["fault"]) for one in deliveries] == [
        (False, "duplicate"),
        (True, "duplicate"),
        (False, None),
    ]


def test_webhooks_come_in_another_order_when_planned(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    payments.retry_webhooks()
    payments.set_faults(plan("reorder", "payments.webhooks"))
    client.v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/nobody", "enabled_events": ["customer.created"]}
    )
    client.v1.customers.create()
    client.v1.customers.create()
    deliveries = payments.wait_for_webhooks()
    assert [one["fault"] for one in deliveries] == ["reorder", None]
    first, second = (one["attempts"][0]["time"] for one in deliveries)
    assert second < first


def test_while_an_answer_is_held_back_its_key_is_taken(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    payments.set_faults(plan("latency", mean=0.5))
    key = {"idempotency_key": "one"}
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(client.v1.payment_intents.create, PAID, cast("Any", key))
        payments.wait_for("POST", "/v1/payment_intents")
        second = client.v1.payment_intents.create(PAID, cast("Any", key))
        assert second.id == first.result().id
    assert [one["status"] for one in payments.journal()].count(409) >= 1
