"""What each mock says has durably happened, in words that are the same in every run."""

from __future__ import annotations

import smtplib
import urllib.request
from collections import Counter
from email.message import EmailMessage

import pytest
import stripe

from belljar.mocks.client import MockClient
from belljar.mocks.email.client import Inbox
from belljar.mocks.payments.client import PaymentsClient
from belljar.mocks.stable import stable
from belljar.mocks.storage.client import Storage


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/v1/payment_intents/pi_3QhTzK2x/confirm", "/v1/payment_intents/pi_*/confirm"),
        ("/v1/charges", "/v1/charges"),
        ("receipts/3f2a9b0c1d.txt", "receipts/*.txt"),
        ("ord_01HZX9YB3C4D5E6F7G8H9J0K1M", "ord_*"),
        ("/a/550e8400-e29b-41d4-a716-446655440000/b", "/a/*/b"),
        ("Receipt for order 4711", "Receipt for order *"),
        ("created_at, payment_intents", "created_at, payment_intents"),
        ("déjà vu 17€", "déjà vu *€"),
    ],
)
def test_ids_and_numbers_are_left_out_and_words_stay(text: str, shown: str) -> None:
    assert stable(text) == shown


def test_a_sum_counts_as_long_as_it_is_kept(payments: PaymentsClient) -> None:
    client = stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})

    def pay(amount: int, method: str = "pm_card_visa", capture: str = "automatic") -> str:
        intent = client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "eur",
                "payment_method": method,
                "confirm": True,
                "allowed_payment_method_types": ["card"],
                "capture_method": capture,
            }
        )
        return str(intent.id)

    pay(2500)
    pay(2500)
    refunded, part = pay(700), pay(900)
    client.v1.refunds.create({"payment_intent": refunded})
    client.v1.refunds.create({"payment_intent": part, "amount": 300})
    with pytest.raises(stripe.CardError):
        pay(100, "pm_card_visa_chargeDeclined")
    pay(50, capture="manual")
    cancelled = pay(60, capture="manual")
    client.v1.payment_intents.cancel(cancelled)
    assert payments.effects() == Counter(
        {"charge of 2500 eur": 2, "charge of 600 eur": 1, "hold of 50 eur": 1}
    )
    charges = [(one["amount"], one["status"]) for one in payments.charges()]
    assert charges[2:5] == [(700, "succeeded"), (900, "succeeded"), (100, "failed")]
    payments.reset()
    assert (payments.effects(), payments.charges()) == (Counter(), [])


def test_a_mail_counts_by_recipient_and_subject(inbox: Inbox) -> None:
    for number in (17, 18):
        mail = EmailMessage()
        mail["From"], mail["To"] = "shop@example.test", "ada@example.test"
        mail["Subject"] = f"Receipt for order {number}"
        with smtplib.SMTP(inbox.host, inbox.port, timeout=10) as smtp:
            smtp.send_message(mail)
    assert inbox.effects() == Counter({"mail to ada@example.test: Receipt for order *": 2})


def test_a_mail_that_is_sent_again_with_its_message_id_counts_once(inbox: Inbox) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = "shop@example.test", "ada@example.test"
    mail["Subject"], mail["Message-ID"] = "Receipt", "<17@example.test>"
    for _ in range(2):
        with smtplib.SMTP(inbox.host, inbox.port, timeout=10) as smtp:
            smtp.send_message(mail)
    assert (len(inbox.messages), inbox.effects()) == (
        2,
        Counter({"mail to ada@example.test: Receipt": 1}),
    )


def test_an_object_counts_once_however_often_it_is_written(storage: Storage) -> None:
    bucket = storage.bucket()
    for key in ("receipts/17.txt", "receipts/17.txt", "receipts/18.txt"):
        storage.client().put_object(Bucket=bucket, Key=key, Body=b"1")
    assert storage.effects() == Counter({"object receipts/*.txt": 2})


def test_of_another_mock_the_requests_count_that_it_has_taken(payments: PaymentsClient) -> None:
    """Of a mock that says nothing itself, the journal tells: GET and refusals are none."""
    plain = MockClient(payments.url, payments.namespace)
    headers = {"Authorization": f"Bearer {payments.api_key}"}
    for path, data in (("/v1/customers", b""), ("/v1/customers?limit=1", None)):
        request = urllib.request.Request(payments.url + path, data, headers)
        urllib.request.urlopen(request, timeout=10).read()
    with pytest.raises(OSError, match="400"):
        request = urllib.request.Request(payments.url + "/v1/refunds", b"", headers)
        urllib.request.urlopen(request, timeout=10)
    assert plain.effects() == Counter({"POST /v1/customers": 1})
