"""A paid order gets its receipt, even if storage or mail is down at first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.orders.database import DatabaseManager
from services.orders.fakes.emails import FakeEmails
from services.orders.fakes.payments import FakePayments
from services.orders.fakes.storage import FakeStorage
from services.orders.housekeeping import Housekeeping
from services.orders.idempotency import Idempotency
from services.orders.identifiers import Clock, IdentifierFactory
from services.orders.paying import Paying
from services.orders.problems import NotFound, Unavailable
from services.orders.receipts import Receipts
from services.orders.views import OrderView, ProductView


@pytest.fixture
def receipts(
    database: DatabaseManager, storage: FakeStorage, emails: FakeEmails, clock: Clock
) -> Receipts:
    """The receipts of this test."""
    return Receipts(database, storage, emails, clock)


@pytest.fixture
def paid(
    database: DatabaseManager,
    payments: FakePayments,
    identifiers: IdentifierFactory,
    clock: Clock,
    place: Callable[..., OrderView],
    product: ProductView,
) -> OrderView:
    """A paid order over two lamps."""
    order = place(product.id, 2)
    Paying(database, payments, identifiers, clock).pay(order.id, "pm_card_visa")
    return order


def test_a_receipt_is_stored_and_mailed(
    receipts: Receipts, storage: FakeStorage, emails: FakeEmails, paid: OrderView
) -> None:
    """The customer gets the text that lies in the storage."""
    assert receipts.deliver(paid.id)
    text = storage.objects[f"receipts/{paid.id}.txt"].decode()
    assert "2 x Lamp (12.50 EUR): 25.00 EUR" in text
    assert "Total: 25.00 EUR" in text
    (message,) = emails.inbox
    assert (message.to, message.text) == ("ada@example.com", text)


def test_a_receipt_is_mailed_once(receipts: Receipts, emails: FakeEmails, paid: OrderView) -> None:
    """Delivering again does nothing."""
    receipts.deliver(paid.id)
    receipts.deliver(paid.id)
    assert len(emails.inbox) == 1


def test_a_receipt_that_could_not_be_mailed_is_mailed_later(
    receipts: Receipts, emails: FakeEmails, paid: OrderView
) -> None:
    """The payment stands, the message is owed."""
    emails.available = False
    assert not receipts.deliver(paid.id)
    emails.available = True
    assert receipts.deliver_owed() == 1
    assert len(emails.inbox) == 1
    assert receipts.deliver_owed() == 0


def test_a_download_stores_what_was_not_stored_yet(
    receipts: Receipts, storage: FakeStorage, paid: OrderView
) -> None:
    """And gives the same text every time."""
    assert receipts.download(paid.id) == receipts.download(paid.id)
    assert list(storage.objects) == [f"receipts/{paid.id}.txt"]


def test_a_download_without_storage_is_unavailable(
    receipts: Receipts, storage: FakeStorage, paid: OrderView
) -> None:
    """The caller may try again later."""
    storage.available = False
    with pytest.raises(Unavailable, match=paid.id):
        receipts.download(paid.id)


def test_an_unpaid_order_has_no_receipt(
    receipts: Receipts, place: Callable[..., OrderView], product: ProductView
) -> None:
    """The reason is in the message."""
    with pytest.raises(NotFound, match="it is not paid"):
        receipts.download(place(product.id).id)


def test_housekeeping_delivers_what_is_owed(
    receipts: Receipts,
    database: DatabaseManager,
    clock: Clock,
    emails: FakeEmails,
    paid: OrderView,
) -> None:
    """A process that restarted after the payment still mails the receipt."""
    Housekeeping(receipts, Idempotency(database, clock), interval=60).run_once()
    assert [message.to for message in emails.inbox] == [paid.customer_email]


def test_housekeeping_that_is_told_to_end_begins_no_other_receipt(
    receipts: Receipts, database: DatabaseManager, clock: Clock, emails: FakeEmails, paid: OrderView
) -> None:
    """What it leaves is still owed."""
    housekeeping = Housekeeping(receipts, Idempotency(database, clock), interval=60)
    housekeeping.end_soon()
    housekeeping.run_once()
    assert emails.inbox == []
    assert receipts.deliver_owed() == 1
