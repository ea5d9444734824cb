"""The payment client: what it sends, how it reads answers, when it tries again."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import pytest

from services.orders.money import Money
from services.orders.outside.http_payments import HttpPayments
from services.orders.outside.payments import Charge, Declined, PaymentsUnavailable
from services.orders.resilience.retrying import Retrying

Handler = Callable[[httpx.Request], httpx.Response]


def client_of(handler: Handler, slept: list[float] | None = None) -> HttpPayments:
    """A client whose requests end in `handler`, in this process."""
    return HttpPayments(
        "http://payments",
        "sk_test_1",
        transport=httpx.MockTransport(handler),
        retrying=Retrying(
            3, base=0.2, sleep=(slept if slept is not None else []).append, chance=lambda: 1.0
        ),
    )


def charge(client: HttpPayments) -> Charge:
    """A charge of 25.00 EUR."""
    return client.charge(Money(2500, "EUR"), method="pm_card_visa", order_id="ord_1", key="pay_1")


def test_a_charge_is_a_confirmed_payment_intent() -> None:
    """The wire form is that of Stripe's API."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": "pi_1", "status": "succeeded"})

    assert charge(client_of(handler)) == Charge("pi_1")
    (request,) = seen
    assert (request.method, request.url.path) == ("POST", "/v1/payment_intents")
    assert request.headers["Authorization"] == "Bearer sk_test_1"
    assert request.headers["Idempotency-Key"] == "pay_1"
    assert parse_qs(request.content.decode()) == {
        "amount": ["2500"],
        "currency": ["eur"],
        "payment_method": ["pm_card_visa"],
        "automatic_payment_methods[enabled]": ["true"],
        "automatic_payment_methods[allow_redirects]": ["never"],
        "confirm": ["true"],
        "metadata[order_id]": ["ord_1"],
    }


def test_a_card_error_is_a_decline_with_its_code() -> None:
    """The most precise code wins, and nothing is tried again."""
    error = {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "insufficient_funds",
        "message": "Your card has insufficient funds.",
    }
    slept: list[float] = []
    with pytest.raises(Declined, match="insufficient funds") as caught:
        charge(client_of(lambda _: httpx.Response(402, json={"error": error}), slept))
    assert caught.value.code == "insufficient_funds"
    assert slept == []


def test_an_intent_that_wants_more_from_the_customer_is_a_decline() -> None:
    """Nobody is there to pass a challenge."""
    answer = {"id": "pi_1", "status": "requires_action"}
    with pytest.raises(Declined) as caught:
        charge(client_of(lambda _: httpx.Response(200, json=answer)))
    assert caught.value.code == "requires_action"


@pytest.mark.parametrize("status", [409, 429, 500, 503])
def test_passing_trouble_is_retried_with_the_same_key(status: int) -> None:
    """The retries wait longer each time, and the service can tell that they are retries."""
    keys: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) < 3:
            return httpx.Response(status)
        return httpx.Response(200, json={"id": "pi_1", "status": "succeeded"})

    slept: list[float] = []
    assert charge(client_of(handler, slept)) == Charge("pi_1")
    assert keys == ["pay_1"] * 3
    assert slept == [0.2, 0.4]


def test_the_payment_service_says_how_long_to_wait() -> None:
    """Its Retry-After is a pause, and what the customer is told when it is longer than we have."""
    answers = [httpx.Response(429, headers={"Retry-After": "1"})] * 2
    answers.append(httpx.Response(200, json={"id": "pi_1", "status": "succeeded"}))
    slept: list[float] = []
    assert charge(client_of(lambda _: answers.pop(0), slept)) == Charge("pi_1")
    assert slept == [1.0, 1.0]

    busy = httpx.Response(503, headers={"Retry-After": "3600"})
    with pytest.raises(PaymentsUnavailable) as caught:
        charge(client_of(lambda _: busy, slept))
    assert (caught.value.retry_after, slept) == (3600.0, [1.0, 1.0])


def test_an_answer_that_was_cut_short_is_asked_for_again() -> None:
    """With the same key, so that it is the same charge."""
    answers = [
        httpx.Response(200, text='{"id": "pi_1", "sta'),
        httpx.Response(200, json={"id": "pi_1", "status": "succeeded"}),
    ]
    assert charge(client_of(lambda _: answers.pop(0))) == Charge("pi_1")


def test_lasting_trouble_names_address_and_reason() -> None:
    """After the last attempt the outcome is unknown."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectTimeout("timed out", request=request)

    with pytest.raises(PaymentsUnavailable, match=r"http://payments.*ConnectTimeout: timed out"):
        charge(client_of(handler))


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(401, json={"error": {"type": "authentication_error"}}),
        httpx.Response(400, json={"error": {"type": "idempotency_error"}}),
    ],
)
def test_an_answer_that_proves_nothing_leaves_the_payment_open(response: httpx.Response) -> None:
    """Only a clear refusal is a decline."""
    with pytest.raises(PaymentsUnavailable):
        charge(client_of(lambda _: response))
