"""One payments mock, many tests at once: nobody sees what another does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import stripe

from belljar.mocks.http import ServerThread
from belljar.mocks.payments import PaymentsClient, payments_server

THREADS = 50


@pytest.fixture
def url() -> Iterator[str]:
    with ServerThread(payments_server) as server:
        yield server.url


def test_fifty_at_once_see_their_own_and_nothing_else(url: str) -> None:
    together = Barrier(THREADS)

    def work(number: int) -> None:
        client = stripe.StripeClient(f"sk_test_n{number}", base_addresses={"api": url})
        together.wait(timeout=30)
        customer = client.v1.customers.create({"name": str(number)})
        for turn in range(3):
            client.v1.payment_intents.create(
                {
                    "amount": 1000 + number,
                    "currency": "usd",
                    "customer": customer.id,
                    "payment_method": "pm_card_visa",
                    "allowed_payment_method_types": ["card"],
                    "confirm": True,
                },
                {"idempotency_key": f"the-same-for-all-{turn}"},
            )
        assert [one.name for one in client.v1.customers.list().data] == [str(number)]
        paid = client.v1.payment_intents.list().data
        assert {(one.amount, one.status) for one in paid} == {(1000 + number, "succeeded")}
        assert len(paid) == 3
        assert client.v1.balance.retrieve().pending[0].amount == sum(
            one.amount - (one.amount * 29 + 500) // 1000 - 30 for one in paid
        )
        own = PaymentsClient(url, f"n{number}")
        assert len(own.journal()) == 7
        assert len(client.v1.events.list({"limit": 100}).data) == 1 + 3 * 3

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(work, range(THREADS)))


def test_the_reset_of_one_leaves_the_others(url: str) -> None:
    one, other = (
        stripe.StripeClient(f"sk_test_{name}", base_addresses={"api": url}) for name in "ab"
    )
    one.v1.customers.create()
    other.v1.customers.create()
    PaymentsClient(url, "a").reset()
    assert (len(one.v1.customers.list().data), len(other.v1.customers.list().data)) == (0, 1)


def test_an_object_of_another_namespace_is_not_there(url: str) -> None:
    one, other = (
        stripe.StripeClient(f"sk_test_{name}", base_addresses={"api": url}) for name in "ab"
    )
    customer = one.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        other.v1.customers.retrieve(customer.id)
