"""Payment intents of the payments mock, by the official client: every way from a card to money."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from belljar.mocks.payments import PaymentsClient

pytest_plugins = ["belljar.mocks.plugin"]

CARD: Any = {"allowed_payment_method_types": ["card"]}
PAID: Any = {"amount": 1200, "currency": "usd", "payment_method": "pm_card_visa", **CARD}


@pytest.fixture
def client(payments: PaymentsClient) -> stripe.StripeClient:
    return stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})


def test_an_intent_goes_from_no_card_to_money(client: stripe.StripeClient) -> None:
    intents = client.v1.payment_intents
    intent = intents.create(CARD | {"amount": 1200, "currency": "usd"})
    assert (intent.status, intent.client_secret) == (
        "requires_payment_method",
        f"{intent.id}_secret_{(intent.client_secret or '').rpartition('_')[2]}",
    )
    intent = intents.update(intent.id, {"payment_method": "pm_card_visa"})
    assert intent.status == "requires_confirmation"
    intent = intents.confirm(intent.id, {"expand": ["latest_charge.balance_transaction"]})
    assert (intent.status, intent.amount_received) == ("succeeded", 1200)
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert charge.paid and charge.captured
    transaction = charge.balance_transaction
    assert isinstance(transaction, stripe.BalanceTransaction)
    assert (transaction.amount, transaction.fee, transaction.net) == (1200, 65, 1135)


def test_the_module_wide_settings_work_too(
    payments: PaymentsClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe, "api_base", payments.url)
    monkeypatch.setattr(stripe, "api_key", payments.api_key)
    intent = stripe.PaymentIntent.create(amount=500, currency="eur")
    assert stripe.PaymentIntent.retrieve(intent.id).amount == 500
    assert not intent.livemode


def test_money_can_be_held_and_taken_in_part(client: stripe.StripeClient) -> None:
    held = client.v1.payment_intents.create(PAID | {"capture_method": "manual", "confirm": True})
    assert (held.status, held.amount_capturable) == ("requires_capture", 1200)
    with pytest.raises(stripe.InvalidRequestError, match=r"\$13\.00.*\$12\.00"):
        client.v1.payment_intents.capture(held.id, {"amount_to_capture": 1300})
    taken = client.v1.payment_intents.capture(held.id, {"amount_to_capture": 700})
    assert (taken.status, taken.amount_received, taken.amount_capturable) == ("succeeded", 700, 0)
    charge = client.v1.charges.retrieve(str(taken.latest_charge))
    assert (charge.amount_captured, charge.amount_refunded) == (700, 500)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(held.id)
    assert caught.value.code == "payment_intent_unexpected_state"


def test_what_is_held_is_let_go_by_canceling(client: stripe.StripeClient) -> None:
    held = client.v1.payment_intents.create(PAID | {"capture_method": "manual", "confirm": True})
    gone = client.v1.payment_intents.cancel(held.id, {"cancellation_reason": "duplicate"})
    assert (gone.status, gone.cancellation_reason) == ("canceled", "duplicate")
    assert client.v1.charges.retrieve(str(held.latest_charge)).refunded
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        client.v1.payment_intents.cancel(held.id)


@pytest.mark.parametrize("passes", [True, False])
def test_a_card_that_asks_for_authentication_waits_for_its_owner(
    client: stripe.StripeClient, payments: PaymentsClient, passes: bool
) -> None:
    intent = client.v1.payment_intents.create(
        PAID
        | {
            "payment_method": "pm_card_authenticationRequired",
            "confirm": True,
            "return_url": "https://shop.example/back",
        }
    )
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.type == "redirect_to_url"
    payments.authenticate(intent.id, succeeds=passes)
    after = client.v1.payment_intents.retrieve(intent.id)
    if passes:
        assert after.status == "succeeded"
    else:
        assert after.status == "requires_payment_method"
        assert after.last_payment_error is not None
        assert after.last_payment_error.code == "payment_intent_authentication_failure"


def test_without_its_owner_such_a_card_is_declined(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_intents.create(
            PAID
            | {
                "payment_method": "pm_card_authenticationRequired",
                "confirm": True,
                "off_session": True,
            }
        )
    assert caught.value.code == "authentication_required"


def test_manual_confirmation_needs_a_second_one_after_the_authentication(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    intent = client.v1.payment_intents.create(
        PAID
        | {
            "payment_method": "pm_card_threeDSecure2Required",
            "confirmation_method": "manual",
            "confirm": True,
        }
    )
    assert intent.status == "requires_action"
    assert payments.authenticate(intent.id)["status"] == "requires_confirmation"
    assert client.v1.payment_intents.confirm(intent.id).status == "succeeded"


def test_what_is_paid_stays_as_it_is(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create(PAID | {"confirm": True})
    with pytest.raises(stripe.InvalidRequestError, match="already succeeded"):
        client.v1.payment_intents.confirm(intent.id)
    with pytest.raises(stripe.InvalidRequestError, match="amount could not be updated"):
        client.v1.payment_intents.update(intent.id, {"amount": 1300})
    changed = client.v1.payment_intents.update(intent.id, {"metadata": {"order": "ord_1"}})
    assert changed.metadata.to_dict() == {"order": "ord_1"}


def test_a_card_is_saved_with_the_payment_and_pays_again(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"email": "anna@example.com"})
    first = client.v1.payment_intents.create(
        PAID
        | {
            "customer": customer.id,
            "confirm": True,
            "setup_future_usage": "off_session",
        }
    )
    saved = client.v1.customers.payment_methods.list(customer.id).data
    assert [method.id for method in saved] == [first.payment_method]
    again = client.v1.payment_intents.create(
        PAID
        | {
            "customer": customer.id,
            "payment_method": saved[0].id,
            "confirm": True,
            "off_session": True,
        }
    )
    assert again.status == "succeeded"


def test_a_card_that_is_not_saved_pays_once(client: stripe.StripeClient) -> None:
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    once: Any = PAID | {"payment_method": method.id, "confirm": True}
    client.v1.payment_intents.create(once)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_intents.create(once)


def test_automatic_payment_methods_may_redirect_and_so_need_somewhere_to_return_to(
    client: stripe.StripeClient,
) -> None:
    plain: Any = {
        "amount": 1200,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": True,
    }
    with pytest.raises(stripe.InvalidRequestError, match="return_url"):
        client.v1.payment_intents.create(plain)
    never: Any = {"enabled": True, "allow_redirects": "never"}
    paid = client.v1.payment_intents.create(plain | {"automatic_payment_methods": never})
    assert paid.status == "succeeded"


def test_a_setup_intent_saves_a_card(client: stripe.StripeClient, payments: PaymentsClient) -> None:
    customer = client.v1.customers.create()
    intent = client.v1.setup_intents.create(
        {
            "customer": customer.id,
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "confirm": True,
            "return_url": "https://shop.example/back",
        }
    )
    assert intent.status == "requires_action"
    assert payments.authenticate(intent.id)["status"] == "succeeded"
    saved = client.v1.customers.payment_methods.list(customer.id).data
    paid = client.v1.payment_intents.create(
        PAID
        | {
            "customer": customer.id,
            "payment_method": saved[0].id,
            "confirm": True,
            "off_session": True,
        }
    )
    assert paid.status == "succeeded"


def test_an_account_has_the_same_ids_in_each_run(payments: PaymentsClient) -> None:
    def ids() -> list[str]:
        client = stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})
        paid = client.v1.payment_intents.create(PAID | {"confirm": True})
        return [paid.id, str(paid.latest_charge), str(paid.payment_method)]

    first = ids()
    payments.reset()
    assert ids() == first


def test_the_clock_can_be_set_and_money_becomes_available(
    client: stripe.StripeClient, payments: PaymentsClient
) -> None:
    payments.set_time(1_700_000_000)
    paid = client.v1.payment_intents.create(PAID | {"confirm": True})
    assert paid.created == 1_700_000_000
    assert client.v1.balance.retrieve().pending[0].amount == 1135
    payments.advance(2 * 86_400)
    balance = client.v1.balance.retrieve()
    assert (balance.available[0].amount, balance.pending[0].amount) == (1135, 0)
