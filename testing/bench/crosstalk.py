"""Many clients at once against one mock process, each in a namespace of its own: who sees what he shouldn't.

In a run every client of a mock does the same at the same time, under the same names: it creates, reads back and
lists, and must find what is its own and nothing else, in the journal too. Then each resets its namespace.
The clients are the official ones: stripe, boto3, smtplib.
"""

from __future__ import annotations

import smtplib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import Any, NamedTuple, Protocol

import stripe
from mock_starts import smtp_port
from served import Served

from belljar.mocks.client import MockClient
from belljar.mocks.email import Inbox
from belljar.mocks.payments import PaymentsClient
from belljar.mocks.storage import Storage

__all__ = ["CLIENTS", "Client", "Found", "runs"]


class Found(NamedTuple):
    """How often somebody saw what is not his own, how often a call failed, and the time of it all."""

    crossed: int
    failed: int
    seconds: float


# Seconds that the slowest may be behind the first.
TOGETHER = 60


class Client(Protocol):
    """One client of a mock, in its namespace."""

    hand: MockClient

    def work(self, run: int) -> None:
        """Does what leaves traces."""

    def sees(self, run: int) -> Iterator[tuple[str, object, object]]:
        """Gives what it looked at, what it saw and what is its own."""


class PaymentsUser:
    """A customer and a payment of an amount that nobody else has, with the key that all have."""

    def __init__(self, url: str, number: int) -> None:
        self.hand: MockClient = PaymentsClient(url, f"n{number}")
        self.number = number
        self._stripe = stripe.StripeClient(f"sk_test_n{number}", base_addresses={"api": url})

    def work(self, run: int) -> None:
        """Pays."""
        customer = self._stripe.v1.customers.create({"name": f"{self.number}"})
        self._stripe.v1.payment_intents.create(
            {
                "amount": 1000 + self.number,
                "currency": "usd",
                "customer": customer.id,
                "payment_method": "pm_card_visa",
                "allowed_payment_method_types": ["card"],
                "confirm": True,
            },
            {"idempotency_key": f"run-{run}"},
        )

    def sees(self, run: int) -> Iterator[tuple[str, object, object]]:
        """Looks at customers, payments and the journal."""
        customers = self._stripe.v1.customers.list()
        yield "customers", [one.name for one in customers.data], [f"{self.number}"]
        paid = [(one.amount, one.status) for one in self._stripe.v1.payment_intents.list().data]
        yield "payments", paid, [(1000 + self.number, "succeeded")]
        yield "requests", len(self.hand.journal()), 4


class StorageUser:
    """An object of the name that all have, in a bucket of the name that all have."""

    def __init__(self, url: str, number: int) -> None:
        storage = Storage(url, f"n{number}")
        self.hand: MockClient = storage
        self.number = number
        self._s3: Any = storage.client("s3")

    def work(self, run: int) -> None:
        """Puts it there."""
        self._s3.create_bucket(Bucket="receipts")
        self._s3.put_object(Bucket="receipts", Key="order.txt", Body=self._content(run))

    def sees(self, run: int) -> Iterator[tuple[str, object, object]]:
        """Looks at buckets, the object and the journal."""
        buckets = self._s3.list_buckets()["Buckets"]
        yield "buckets", [one["Name"] for one in buckets], ["receipts"]
        found = self._s3.get_object(Bucket="receipts", Key="order.txt")["Body"].read()
        yield "object", found, self._content(run)
        yield "requests", len(self.hand.journal()), 4

    def _content(self, run: int) -> bytes:
        return f"{self.number} in {run}".encode()


class MailClient:
    """A mail to the address that all write to."""

    def __init__(self, url: str, number: int, port: int) -> None:
        self._inbox = Inbox(url, f"n{number}")
        self.hand: MockClient = self._inbox
        self.number = number
        self._port = port

    def work(self, run: int) -> None:
        """Sends it."""
        mail = EmailMessage()
        mail["From"], mail["To"] = "shop@example.test", "ada@example.test"
        mail["Subject"] = self._subject(run)
        mail.set_content("Thank you.")
        with smtplib.SMTP("127.0.0.1", self._port, timeout=30) as smtp:
            smtp.login(self._inbox.user, self._inbox.password)
            smtp.send_message(mail)

    def sees(self, run: int) -> Iterator[tuple[str, object, object]]:
        """Looks at the inbox."""
        yield "mails", [one.subject for one in self._inbox.messages], [self._subject(run)]

    def _subject(self, run: int) -> str:
        return f"Receipt {self.number} of run {run}"


# By mock.
CLIENTS: dict[str, Callable[[Served, int], Client]] = {
    "payments": lambda served, number: PaymentsUser(served.url, number),
    "storage": lambda served, number: StorageUser(served.url, number),
    "email": lambda served, number: MailClient(served.url, number, smtp_port(served)),
}


def runs(clients: Sequence[Client], count: int, complain: Callable[[str], object]) -> Found:
    """Gives what came of `count` runs; `complain` is told of the first things that were wrong."""
    crossed: list[str] = []
    failed: list[str] = []
    together = threading.Barrier(len(clients))

    def one(client: Client, run: int) -> None:
        who = f"{type(client).__name__} {client.hand.namespace}, run {run}"

        def look(run: int) -> None:
            for what, seen, own in client.sees(run):
                if seen != own:
                    crossed.append(f"{who}: {what}: sees {seen!r}, its own is {own!r}")

        # All are there before anybody looks, and all have looked before anybody is reset.
        steps = (client.work, look, lambda _run: client.hand.reset())
        for step in steps:
            together.wait(TOGETHER)
            try:
                step(run)
            except Exception as error:
                failed.append(f"{who}: {type(error).__name__}: {error}")

    begun = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as threads:
        for run in range(count):
            list(threads.map(one, clients, [run] * len(clients)))
    for text in (crossed + failed)[:5]:
        complain(text)
    return Found(len(crossed), len(failed), time.perf_counter() - begun)
