"""Outside services behind breakers: what opens them, and what their callers see then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.orders.fakes.emails import FakeEmails
from services.orders.fakes.payments import FakePayments
from services.orders.fakes.storage import FakeStorage
from services.orders.money import Money
from services.orders.outside.emails import EmailRefused, EmailsUnavailable, Message
from services.orders.outside.guarded import GuardedEmails, GuardedPayments, GuardedStorage
from services.orders.outside.payments import Charge, Declined, PaymentsUnavailable
from services.orders.outside.storage import StorageUnavailable
from services.orders.outside.trouble import OutsideTrouble
from services.orders.resilience.breakers import CircuitBreaker

MESSAGE = Message("ada@example.com", "Receipt", "text")


@pytest.fixture
def breaker() -> CircuitBreaker:
    """A breaker that opens after two failures, for an hour."""
    return CircuitBreaker("the service", failures=2, cool_down=3600)


def charge(payments: GuardedPayments, method: str = "pm_card_visa") -> Charge:
    """A charge of one cent."""
    return payments.charge(Money(1, "EUR"), method=method, order_id="ord_1", key="pay_1")


def assert_left_alone(error: type[OutsideTrouble], call: Callable[[], object]) -> None:
    """Fail unless the caller gets the service's own kind of trouble, and when to come back."""
    with pytest.raises(error, match="the service failed too often") as caught:
        call()
    assert 3500 < (caught.value.retry_after or 0) <= 3600


def test_a_payment_service_that_fails_is_left_alone(
    fake_payments: FakePayments, breaker: CircuitBreaker
) -> None:
    guarded = GuardedPayments(fake_payments, breaker)
    fake_payments.available = False
    for _ in range(2):
        with pytest.raises(PaymentsUnavailable, match="switched off"):
            charge(guarded)
    fake_payments.available = True
    assert_left_alone(PaymentsUnavailable, lambda: charge(guarded))
    assert fake_payments.charges == []


def test_a_decline_does_not_count(fake_payments: FakePayments, breaker: CircuitBreaker) -> None:
    """It is an answer."""
    guarded = GuardedPayments(fake_payments, breaker)
    for _ in range(3):
        with pytest.raises(Declined):
            charge(guarded, "pm_card_chargeDeclined")
    assert charge(guarded).reference == "pi_fake_000000"


def test_a_storage_that_fails_is_left_alone(
    fake_storage: FakeStorage, breaker: CircuitBreaker
) -> None:
    """By reading and writing together."""
    guarded = GuardedStorage(fake_storage, breaker)
    guarded.put("x", b"text", content_type="text/plain")
    assert guarded.get("x") == b"text"
    fake_storage.available = False
    with pytest.raises(StorageUnavailable, match="switched off"):
        guarded.get("x")
    with pytest.raises(StorageUnavailable, match="switched off"):
        guarded.put("x", b"", content_type="text/plain")
    assert_left_alone(StorageUnavailable, lambda: guarded.get("x"))
    assert_left_alone(StorageUnavailable, lambda: guarded.put("x", b"", content_type="text/plain"))


def test_a_mail_service_that_fails_is_left_alone_and_one_that_refuses_a_message_is_not(
    fake_emails: FakeEmails, breaker: CircuitBreaker
) -> None:
    guarded = GuardedEmails(fake_emails, breaker)
    fake_emails.refused.add("nobody@example.com")
    for _ in range(3):
        with pytest.raises(EmailRefused):
            guarded.send(Message("nobody@example.com", "Receipt", "text"))
    guarded.send(MESSAGE)
    fake_emails.available = False
    for _ in range(2):
        with pytest.raises(EmailsUnavailable, match="switched off"):
            guarded.send(MESSAGE)
    assert_left_alone(EmailsUnavailable, lambda: guarded.send(MESSAGE))
