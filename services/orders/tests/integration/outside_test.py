"""The clients of the outside services, against mocks that speak the real protocols."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from belljar.data.data import Data
from belljar.faults.session import Faults
from belljar.mocks.email.client import Inbox
from belljar.mocks.payments.client import PaymentsClient
from belljar.mocks.storage.client import Storage
from services.orders.money import Money
from services.orders.outside.emails import EmailRefused, EmailsUnavailable, Message
from services.orders.outside.http_payments import HttpPayments
from services.orders.outside.payments import Declined
from services.orders.outside.s3_storage import Credentials, S3Storage
from services.orders.outside.smtp_emails import SmtpEmails
from services.orders.tests.settings import OrdersTestSettings

MESSAGE = Message("ada@example.com", "Receipt ü", "Total: 25.00 EUR", reference="receipt.ord_1")


def test_a_message_arrives_as_it_was_sent(inbox: Inbox) -> None:
    """At a real mail server, with its reference as its identifier."""
    SmtpEmails(inbox.host, inbox.port, "shop@example.org").send(MESSAGE)
    (mail,) = inbox.messages
    assert (mail.sender, mail.recipients) == ("shop@example.org", ("ada@example.com",))
    assert (mail.subject, mail.text.strip()) == ("Receipt ü", "Total: 25.00 EUR")
    assert mail.header("Message-ID") == "<receipt.ord_1@example.org>"


def test_a_refused_recipient_is_another_matter_than_a_server_in_trouble(
    inbox: Inbox, faults: Faults
) -> None:
    """The next message may be taken."""
    emails = SmtpEmails(inbox.host, inbox.port, "shop@example.org")
    faults.on("email", command="RCPT").smtp(code=550, times=1)
    with pytest.raises(EmailRefused):
        emails.send(MESSAGE)
    faults.on("email", command="MAIL").reset(times=1)
    with pytest.raises(EmailsUnavailable) as caught:
        emails.send(MESSAGE)
    assert not isinstance(caught.value, EmailRefused)
    emails.send(MESSAGE)
    assert len(inbox.messages) == 1


def test_a_mail_that_was_taken_is_not_sent_again_for_a_farewell_that_failed(
    inbox: Inbox, faults: Faults
) -> None:
    """Only QUIT went wrong."""
    faults.on("email", command="QUIT").reset(times=1)
    SmtpEmails(inbox.host, inbox.port, "shop@example.org").send(MESSAGE)
    assert len(inbox.messages) == 1


@pytest.fixture
def account(
    test_settings: OrdersTestSettings, request: pytest.FixtureRequest
) -> Iterator[HttpPayments]:
    """A client of the payment service: with the test account that the settings name, else of the mock."""
    named = test_settings.orders.payments
    if named.url is not None and named.api_key is not None:
        patience = test_settings.orders.waiting.one_request
        client = HttpPayments(named.url, named.api_key.get_secret_value(), timeout=patience)
    else:
        mock: PaymentsClient = request.getfixturevalue("payments")
        client = HttpPayments(mock.url, mock.api_key)
    yield client
    client.close()


def test_a_charge_is_one_that_the_payment_service_accepts(
    account: HttpPayments, data: Data
) -> None:
    """In the wire form of its newest version; it has the mock and the service answer alike."""
    # A test account remembers keys, also those of other runs; the same key is the same charge there, too.
    charge, other = (data.unique.text("pay") for _ in range(2))
    charges = {
        account.charge(Money(2500, "EUR"), method="pm_card_visa", order_id="ord_1", key=charge)
        for _ in range(2)
    }
    assert len(charges) == 1
    with pytest.raises(Declined) as caught:
        account.charge(
            Money(100, "EUR"),
            method="pm_card_chargeDeclinedInsufficientFunds",
            order_id="ord_2",
            key=other,
        )
    assert caught.value.code == "insufficient_funds"


def test_a_charge_that_is_asked_for_twice_is_made_once(payments: PaymentsClient) -> None:
    """Whatever the answers say: the account has one. Only the mock lets one look."""
    client = HttpPayments(payments.url, payments.api_key)
    for _ in range(2):
        client.charge(Money(2500, "EUR"), method="pm_card_visa", order_id="ord_1", key="pay_1")
    assert payments.effects() == {"charge of 2500 eur": 1}
    client.close()


def test_an_object_comes_back_from_the_storage_as_it_was_put(storage: Storage) -> None:
    """With a signature that is checked there, into a bucket that was not there before."""
    keys = Credentials(
        storage.credentials.access_key, storage.credentials.secret_key, storage.credentials.region
    )
    client = S3Storage(storage.endpoint_url, "receipts", keys, make_bucket=True)
    assert client.get("a b/ü.txt") is None
    client.put("a b/ü.txt", b"text", content_type="text/plain")
    assert client.get("a b/ü.txt") == b"text"
    client.close()
