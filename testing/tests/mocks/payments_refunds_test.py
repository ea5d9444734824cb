"""Refunds of the payments mock, by the official client."""

from __future__ import annotations

import pytest
import stripe

from belljar.mocks.payments import PaymentsClient

pytest_plugins = ["belljar.mocks.plugin"]


@pytest.fixture
def client(payments: PaymentsClient) -> stripe.StripeClient:
    return stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})


def paid(client: stripe.StripeClient, card: str = "pm_card_visa") -> stripe.PaymentIntent:
    return client.v1.payment_intents.create(
        {
            "amount": 1200,
            "currency": "usd",
            "payment_method": card,
            "allowed_payment_method_types": ["card"],
            "confirm": True,
        }
    )


def test_a_payment_is_given_back_in_parts_and_never_more_than_it_was(
    client: stripe.StripeClient,
) -> None:
    intent = paid(client)
    refund = client.v1.refunds.create(
        {"payment_intent": intent.id, "amount": 500, "reason": "requested_by_customer"}
    )
    assert (refund.status, refund.charge) == ("succeeded", intent.latest_charge)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 701})
    assert caught.value.user_message == (
        "Refund amount ($7.01) is greater than unrefunded amount on charge ($7.00)"
    )
    client.v1.refunds.create({"charge": str(intent.latest_charge)})
    charge = client.v1.charges.retrieve(str(intent.latest_charge), {"expand": ["refunds"]})
    assert (charge.refunded, charge.amount_refunded) == (True, 1200)
    assert charge.refunds is not None
    assert [one.amount for one in charge.refunds.data] == [700, 500]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"
    listed = client.v1.refunds.list({"payment_intent": intent.id})
    assert [one.amount for one in listed.data] == [700, 500]


def test_nothing_is_given_back_that_was_not_paid(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 1200, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        client.v1.refunds.create({})
    with pytest.raises(stripe.InvalidRequestError, match="No such charge") as caught:
        client.v1.refunds.create({"charge": "ch_nobody"})
    assert (caught.value.http_status, caught.value.param) == (400, "charge")


def test_a_bank_may_take_its_time_and_refuse(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    intent = paid(client, "pm_card_pendingRefund")
    refund = client.v1.refunds.create({"payment_intent": intent.id})
    assert refund.status == "pending"
    payments.settle_refund(refund.id, succeeds=False)
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    assert client.v1.charges.retrieve(str(intent.latest_charge)).amount_refunded == 0
    types = [one.type for one in client.v1.events.list({"type": "refund.*"}).data]
    assert types == ["refund.failed", "refund.created"]


def test_the_balance_has_what_came_and_went(client: stripe.StripeClient) -> None:
    intent = paid(client, "pm_card_bypassPending")
    client.v1.refunds.create({"payment_intent": intent.id, "amount": 200})
    assert client.v1.balance.retrieve().available[0].amount == 1200 - 65 - 200
    kinds = [(one.type, one.net) for one in client.v1.balance_transactions.list().data]
    assert kinds == [("refund", -200), ("charge", 1135)]
