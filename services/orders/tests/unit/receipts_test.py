"""A paid order gets its receipt, even if storage or mail is down at first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.orders.database import DatabaseManager
from services.orders.fakes.emails import FakeEmails
from services.orders.fakes.payments import FakePayments
from services.orders.fakes.storage import FakeStorage
from services.orders.housekeeping import Housekeeping
from services.orders.idempotency import Idempotency
from services.orders.identifiers import Clock, IdentifierFactory
from services.orders.paying import Paying
from services.orders.problems import NotFound
from services.orders.receipts import FIRST_PAUSE, LONGEST_PAUSE, Receipts
from services.orders.settling import Settling
from services.orders.tests.unit.conftest import TestClock
from services.orders.views import OrderView, ProductView


@pytest.fixture
def receipts(
    database: DatabaseManager,
    fake_storage: FakeStorage,
    fake_emails: FakeEmails,
    ticking_clock: Clock,
) -> Receipts:
    """The receipts of this test; each pause is as long as it may be."""
    return Receipts(database, fake_storage, fake_emails, ticking_clock, chance=lambda: 1.0)


@pytest.fixture
def paying(
    database: DatabaseManager,
    fake_payments: FakePayments,
    identifiers: IdentifierFactory,
    ticking_clock: Clock,
) -> Paying:
    """The paying of this test."""
    return Paying(database, fake_payments, identifiers, ticking_clock)


@pytest.fixture
def housekeeping(
    receipts: Receipts, database: DatabaseManager, paying: Paying, ticking_clock: Clock
) -> Housekeeping:
    """What a process does beside its requests."""
    settling = Settling(database, paying, ticking_clock, timedelta(seconds=60))
    return Housekeeping(
        receipts, settling, Idempotency(database, ticking_clock), ticking_clock, interval=600
    )


@pytest.fixture
def paid(paying: Paying, place: Callable[..., OrderView], product: ProductView) -> OrderView:
    """A paid order over two lamps."""
    order = place(product.id, 2)
    paying.pay(order.id, "pm_card_visa")
    return order


def test_a_receipt_is_stored_and_mailed(
    receipts: Receipts, fake_storage: FakeStorage, fake_emails: FakeEmails, paid: OrderView
) -> None:
    """The customer gets the text that lies in the storage."""
    assert receipts.deliver(paid.id)
    text = fake_storage.objects[f"receipts/{paid.id}.txt"].decode()
    assert "2 x Lamp (12.50 EUR): 25.00 EUR" in text
    assert "Total: 25.00 EUR" in text
    (message,) = fake_emails.inbox
    assert (message.to, message.text) == ("ada@example.com", text)


def test_a_receipt_is_mailed_once(
    receipts: Receipts, fake_emails: FakeEmails, paid: OrderView
) -> None:
    """Delivering again does nothing."""
    receipts.deliver(paid.id)
    receipts.deliver(paid.id)
    assert len(fake_emails.inbox) == 1


def test_a_receipt_that_could_not_be_mailed_is_mailed_later(
    receipts: Receipts, fake_emails: FakeEmails, ticking_clock: TestClock, paid: OrderView
) -> None:
    """The payment stands, the message is owed."""
    fake_emails.available = False
    assert not receipts.deliver(paid.id)
    fake_emails.available = True
    assert receipts.deliver_owed() == 0
    ticking_clock.advance(seconds=FIRST_PAUSE)
    assert receipts.deliver_owed() == 1
    assert len(fake_emails.inbox) == 1
    assert receipts.deliver_owed() == 0


def test_each_failure_makes_the_next_pause_longer(
    receipts: Receipts, fake_emails: FakeEmails, ticking_clock: TestClock, paid: OrderView
) -> None:
    """But never endless: nobody gives up on a receipt."""
    fake_emails.available = False
    pauses = []
    for _ in range(14):
        receipts.deliver(paid.id)
        due = receipts.due()
        assert due is not None
        pauses.append(round((due - ticking_clock.now).total_seconds(), 1))
    assert pauses[:4] == [0.5, 1.0, 2.0, 4.0]
    assert pauses[-2:] == [LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_receipt_that_cannot_be_mailed_holds_up_no_other(
    receipts: Receipts,
    paying: Paying,
    fake_emails: FakeEmails,
    place: Callable[..., OrderView],
    product: ProductView,
    paid: OrderView,
) -> None:
    """Each waits for its own time."""
    fake_emails.refused.add(paid.customer_email)
    other = place(product.id, customer_email="ben@example.com")
    paying.pay(other.id, "pm_card_visa")
    assert receipts.deliver_owed() == 1
    assert [message.to for message in fake_emails.inbox] == ["ben@example.com"]


def test_a_receipt_is_mailed_though_the_storage_is_down(
    receipts: Receipts,
    fake_storage: FakeStorage,
    fake_emails: FakeEmails,
    ticking_clock: TestClock,
    paid: OrderView,
) -> None:
    """Then it is stored later, and not mailed again."""
    fake_storage.available = False
    assert not receipts.deliver(paid.id)
    assert len(fake_emails.inbox) == 1
    fake_storage.available = True
    ticking_clock.advance(seconds=FIRST_PAUSE)
    assert receipts.deliver_owed() == 1
    assert (len(fake_storage.objects), len(fake_emails.inbox)) == (1, 1)


def test_a_mail_that_is_sent_again_can_be_told(
    receipts: Receipts, fake_emails: FakeEmails, paid: OrderView
) -> None:
    """It has the same reference each time: at least once is what is promised."""
    receipts.deliver(paid.id)
    assert fake_emails.inbox[0].reference == f"receipt.{paid.id}"


def test_a_download_stores_what_was_not_stored_yet(
    receipts: Receipts, fake_storage: FakeStorage, paid: OrderView
) -> None:
    """And gives the same text every time."""
    assert receipts.download(paid.id) == receipts.download(paid.id)
    assert list(fake_storage.objects) == [f"receipts/{paid.id}.txt"]


def test_a_download_without_its_storage_is_made_from_the_database(
    receipts: Receipts, fake_storage: FakeStorage, paid: OrderView
) -> None:
    """The same text."""
    stored = receipts.download(paid.id)
    fake_storage.available = False
    assert receipts.download(paid.id) == stored


def test_an_unpaid_order_has_no_receipt(
    receipts: Receipts, place: Callable[..., OrderView], product: ProductView
) -> None:
    """The reason is in the message."""
    with pytest.raises(NotFound, match="it is not paid"):
        receipts.download(place(product.id).id)


def test_housekeeping_delivers_what_is_owed(
    housekeeping: Housekeeping, fake_emails: FakeEmails, paid: OrderView
) -> None:
    """A process that restarted after the payment still mails the receipt."""
    assert housekeeping.pause() < 1
    housekeeping.run_once()
    assert [message.to for message in fake_emails.inbox] == [paid.customer_email]
    assert housekeeping.pause() == 600


def test_housekeeping_that_is_told_to_end_begins_no_other_receipt(
    housekeeping: Housekeeping, receipts: Receipts, fake_emails: FakeEmails, paid: OrderView
) -> None:
    """What it leaves is still owed."""
    housekeeping.end_soon()
    housekeeping.run_once()
    assert fake_emails.inbox == []
    assert receipts.deliver_owed() == 1
