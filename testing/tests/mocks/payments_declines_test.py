"""The documented test cards of the payments mock: each fails as Stripe says it does."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from belljar.mocks.payments import PaymentsClient

pytest_plugins = ["belljar.mocks.plugin"]

DECLINES = [
    ("pm_card_chargeDeclined", "4000000000000002", "card_declined", "generic_decline"),
    (
        "pm_card_chargeDeclinedInsufficientFunds",
        "4000000000009995",
        "card_declined",
        "insufficient_funds",
    ),
    ("pm_card_visa_chargeDeclinedLostCard", "4000000000009987", "card_declined", "lost_card"),
    ("pm_card_visa_chargeDeclinedStolenCard", "4000000000009979", "card_declined", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "4000000000000069", "expired_card", None),
    ("pm_card_chargeDeclinedIncorrectCvc", "4000000000000127", "incorrect_cvc", None),
    ("pm_card_chargeDeclinedProcessingError", "4000000000000119", "processing_error", None),
    (
        "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
        "4000000000006975",
        "card_declined",
        "card_velocity_exceeded",
    ),
]
PAID: Any = {
    "amount": 1200,
    "currency": "usd",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
}


@pytest.fixture
def client(payments: PaymentsClient) -> stripe.StripeClient:
    return stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})


@pytest.mark.parametrize(("token", "number", "code", "decline"), DECLINES)
def test_a_card_is_declined_by_token_and_by_number(
    client: stripe.StripeClient, token: str, number: str, code: str, decline: str | None
) -> None:
    method = client.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"},
        }
    )
    for given in (token, method.id):
        with pytest.raises(stripe.CardError) as caught:
            client.v1.payment_intents.create(PAID | {"payment_method": given})
        error = caught.value
        assert (error.http_status, error.code) == (402, code)
        assert error.error is not None
        assert (error.error.decline_code, error.error.type) == (decline, "card_error")
        intent = client.v1.payment_intents.retrieve(error.error["payment_intent"]["id"])
        assert intent.status == "requires_payment_method"
        assert intent.last_payment_error is not None
        assert intent.last_payment_error.code == code
        charge = client.v1.charges.retrieve(str(intent.latest_charge))
        assert (charge.status, charge.failure_code, charge.paid) == ("failed", code, False)


def test_another_card_pays_what_one_did_not(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_intents.create(PAID | {"payment_method": "pm_card_chargeDeclined"})
    assert caught.value.error is not None
    intent = caught.value.error["payment_intent"]["id"]
    paid = client.v1.payment_intents.confirm(intent, {"payment_method": "pm_card_mastercard"})
    assert paid.status == "succeeded"
    assert paid.last_payment_error is None


@pytest.mark.parametrize(
    ("card", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": "4539578763621486"}, "card_declined", None),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": 2001}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
    ],
)
def test_a_card_that_can_not_be_is_refused_at_once(
    client: stripe.StripeClient, card: dict[str, Any], code: str, param: str | None
) -> None:
    whole: Any = {"number": "4242424242424242", "exp_month": 1, "exp_year": 2040, "cvc": "123"}
    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_methods.create({"type": "card", "card": whole | card})
    assert (caught.value.code, caught.value.param) == (code, param)


def test_a_declined_card_is_not_saved_but_one_may_be_that_fails_later(
    client: stripe.StripeClient,
) -> None:
    customer = client.v1.customers.create()
    with pytest.raises(stripe.CardError):
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})
    saved = client.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer.id}
    )
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.create(
            PAID | {"customer": customer.id, "payment_method": saved.id}
        )


def test_a_card_may_be_declined_after_its_owner_has_passed(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    intent = client.v1.payment_intents.create(
        PAID | {"payment_method": "pm_card_threeDSecureRequiredChargeDeclined"}
    )
    payments.authenticate(intent.id)
    after = client.v1.payment_intents.retrieve(intent.id)
    assert after.status == "requires_payment_method"
    assert after.last_payment_error is not None
    assert after.last_payment_error.code == "card_declined"
