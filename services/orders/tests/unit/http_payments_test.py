"""The payment client: what it sends, how it reads answers, when it tries again.

Most of it against the payments mock, in this process; what no good service answers is put in by hand.
"""

from __future__ import annotations

import pytest

from belljar.doubles.http import Http
from belljar.mocks.payments.client import PaymentsClient
from belljar.mocks.registry import Fallback, check_fallback
from services.orders.money import Money
from services.orders.outside.http_payments import HttpPayments
from services.orders.outside.payments import Charge, Declined, PaymentsUnavailable
from services.orders.resilience.retrying import Retrying

URL = "http://payments.test"
INTENTS = f"{URL}/v1/payment_intents"
PAID = {"id": "pi_1", "status": "succeeded"}


def client_of(url: str, key: str = "sk_test_1") -> HttpPayments:
    """A client that makes no pauses."""
    return HttpPayments(
        url, key, timeout=0.5, retrying=Retrying(3, sleep=lambda _: None, chance=lambda: 0.0)
    )


def charge(client: HttpPayments, method: str = "pm_card_visa") -> Charge:
    """A charge of 25.00 EUR."""
    return client.charge(Money(2500, "EUR"), method=method, order_id="ord_1", key="pay_1")


def charged(payments: PaymentsClient) -> bool:
    """Whether a new client has the customer charged."""
    return charge(client_of(payments.url, payments.api_key)).reference.startswith("pi_")


def test_a_charge_is_a_confirmed_payment_intent(http: Http) -> None:
    """The wire form is that of Stripe's API."""
    http.post(
        INTENTS, headers={"authorization": "Bearer sk_test_1", "idempotency-key": "pay_1"}
    ).responds(json=PAID)
    assert charge(client_of(URL)) == Charge("pi_1")
    assert http.requests[0].form() == {
        "amount": "2500",
        "currency": "eur",
        "payment_method": "pm_card_visa",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
        "confirm": "true",
        "metadata[order_id]": "ord_1",
    }


def test_a_charge_moves_the_money_once(payments: PaymentsClient) -> None:
    """The service knows it by its key."""
    client = client_of(payments.url, payments.api_key)
    assert charge(client) == charge(client)
    assert payments.effects() == {"charge of 2500 eur": 1}


def test_a_card_error_is_a_decline_with_its_code(payments: PaymentsClient) -> None:
    """The most precise code wins, and nothing is tried again."""
    payments.scenario("insufficient funds")
    with pytest.raises(Declined, match="insufficient funds") as caught:
        charged(payments)
    assert caught.value.code == "insufficient_funds"
    assert len(payments.journal()) == 1


def test_an_intent_that_wants_more_from_the_customer_is_a_decline(
    payments: PaymentsClient,
) -> None:
    """Nobody is there to pass a challenge."""
    with pytest.raises(Declined) as caught:
        charge(client_of(payments.url, payments.api_key), "pm_card_authenticationRequired")
    assert caught.value.code == "requires_action"
    assert payments.effects() == {}


@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_passing_trouble_is_retried_with_the_same_key(http: Http, status: int) -> None:
    """The retries wait longer each time, and the service can tell that they are retries."""
    trouble = {"error": {"type": "api_error", "message": "later"}}
    intents = http.post(INTENTS, headers={"idempotency-key": "pay_1"})
    intents.responds(status, json=trouble).responds(status, json=trouble).responds(json=PAID)
    slept: list[float] = []
    patient = Retrying(3, base=0.2, sleep=slept.append, chance=lambda: 1.0)
    assert charge(HttpPayments(URL, "sk_test_1", retrying=patient)) == Charge("pi_1")
    assert slept == [0.2, 0.4]


def test_no_passing_trouble_charges_twice(payments: PaymentsClient) -> None:
    """Whatever breaks, twice in a row: also where the money moved, and only the answer was lost."""
    tried = check_fallback(payments, charged, Fallback.retry(2))
    assert {"lose_answer", "truncated_json", "timeout"} <= set(tried)


def test_lasting_trouble_leaves_the_payment_open(payments: PaymentsClient) -> None:
    """After the last attempt the outcome is unknown, and that is what the caller is told."""
    check_fallback(payments, charged, Fallback.raises(PaymentsUnavailable))


def test_lasting_trouble_names_address_and_reason(payments: PaymentsClient) -> None:
    payments.scenario("down")
    with pytest.raises(PaymentsUnavailable, match=rf"{payments.url}.* the last one: \w+Error: "):
        charged(payments)


def test_the_payment_service_says_how_long_to_wait(http: Http) -> None:
    """Its Retry-After is a pause, and what the customer is told when it is longer than we have."""
    slept: list[float] = []
    client = HttpPayments(URL, "sk_test_1", retrying=Retrying(3, sleep=slept.append))
    busy = {"Retry-After": "1"}
    http.post(INTENTS).responds(429, headers=busy).responds(429, headers=busy).responds(json=PAID)
    assert charge(client) == Charge("pi_1")
    assert slept == [1.0, 1.0]

    http.post(INTENTS).responds(503, headers={"Retry-After": "3600"})
    with pytest.raises(PaymentsUnavailable) as caught:
        charge(client)
    assert (caught.value.retry_after, slept) == (3600.0, [1.0, 1.0])


@pytest.mark.parametrize(
    ("status", "body", "times"),
    [
        (200, "<html>", 3),
        (200, "[]", 3),
        (401, '{"error": {"type": "authentication_error"}}', 1),
        (400, '{"error": {"type": "idempotency_error"}}', 1),
    ],
)
def test_an_answer_that_proves_nothing_leaves_the_payment_open(
    http: Http, status: int, body: str, times: int
) -> None:
    """Only a clear refusal is a decline; what is not understood may be the next time."""
    http.post(INTENTS).responds(status, text=body).times(times)
    with pytest.raises(PaymentsUnavailable):
        charge(client_of(URL))
