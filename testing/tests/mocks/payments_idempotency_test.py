"""Idempotency keys of the payments mock, by the official client."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe

from belljar.mocks.payments import PaymentsClient

pytest_plugins = ["belljar.mocks.plugin"]

PAID: Any = {
    "amount": 1200,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
}
KEY: Any = {"idempotency_key": "order-1"}


@pytest.fixture
def client(payments: PaymentsClient) -> stripe.StripeClient:
    return stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})


def charges(client: stripe.StripeClient) -> int:
    return len(client.v1.charges.list().data)


def test_the_same_key_gets_the_same_answer_and_charges_once(client: stripe.StripeClient) -> None:
    first = client.v1.payment_intents.create(PAID, KEY)
    again = client.v1.payment_intents.create(PAID, KEY)
    assert first.to_dict() == again.to_dict()
    assert charges(client) == 1
    assert first.last_response is not None and again.last_response is not None
    assert "Idempotent-Replayed" not in first.last_response.headers
    headers = again.last_response.headers
    assert headers["Idempotent-Replayed"] == "true"
    assert headers["Original-Request"] == first.last_response.headers["Request-Id"]


def test_a_decline_is_remembered_too(client: stripe.StripeClient) -> None:
    declined: Any = PAID | {"payment_method": "pm_card_chargeDeclined"}
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            client.v1.payment_intents.create(declined, KEY)
    assert charges(client) == 1


def test_a_request_that_failed_its_checks_may_be_mended(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.create(PAID | {"amount": 1}, KEY)
    assert client.v1.payment_intents.create(PAID, KEY).status == "succeeded"


def test_a_key_is_for_one_request_only(client: stripe.StripeClient) -> None:
    client.v1.payment_intents.create(PAID, KEY)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as caught:
        client.v1.payment_intents.create(PAID | {"amount": 1300}, KEY)
    assert caught.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.customers.create({}, KEY)
    assert charges(client) == 1


def test_while_one_is_in_progress_another_meets_the_lock(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    payments.slow_down(0.3)
    with ThreadPoolExecutor(2) as threads:

        def pay(_number: int) -> int:
            own = stripe.StripeClient(
                payments.api_key, base_addresses={"api": payments.url}, max_network_retries=0
            )
            try:
                own.v1.payment_intents.create(PAID, KEY)
            except stripe.APIError as error:
                assert error.code == "idempotency_key_in_use" or error.http_status == 409
                return error.http_status or 0
            return 200

        assert sorted(threads.map(pay, range(2))) == [200, 409]
    assert charges(client) == 1


def test_the_clients_own_retries_get_past_the_lock(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    payments.slow_down(0.2)
    with ThreadPoolExecutor(2) as threads:
        ids = {
            one.id
            for one in threads.map(
                lambda _: stripe.StripeClient(
                    payments.api_key, base_addresses={"api": payments.url}, max_network_retries=5
                ).v1.payment_intents.create(PAID, KEY),
                range(2),
            )
        }
    assert len(ids) == 1
    assert charges(client) == 1
