"""Neighbours that drip their answers byte by byte: each exchange ends in its time, on real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from services.orders.money import Money
from services.orders.outside.emails import EmailsUnavailable, Message
from services.orders.outside.http_payments import HttpPayments
from services.orders.outside.payments import PaymentsUnavailable
from services.orders.outside.s3_storage import Credentials, S3Storage
from services.orders.outside.smtp_emails import SmtpEmails
from services.orders.outside.storage import StorageUnavailable

MESSAGE = Message("ada@example.com", "Receipt ü", "Total: 25.00 EUR", reference="receipt.ord_1")
KEYS = Credentials("key", "secret", "us-east-1")
# Each byte comes well within any timeout for one read.
BYTE_SECONDS = 0.05


@contextmanager
def dripping(answer: bytes, *, greets: bool = False) -> Iterator[int]:
    """The port of a server that gives this answer to everything, a byte at a time."""
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with connection:
            try:
                if not greets:
                    connection.recv(65536)
                for byte in answer:
                    connection.sendall(bytes([byte]))
                    if ended.wait(BYTE_SECONDS):
                        return
                ended.wait(30)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threads.append(threading.Thread(target=serve, args=(connection,)))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield listening.getsockname()[1]
        finally:
            ended.set()
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(30)
            for thread in threads:
                thread.join(30)


def seconds_until(error: type[Exception], call: Callable[[], object]) -> float:
    """How long it took until this was raised."""
    started = time.monotonic()
    with pytest.raises(error):
        call()
    return time.monotonic() - started


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500,
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b"x" * 400,
    ],
    ids=["headers", "body"],
)
def test_a_payment_service_that_drips_is_given_up_in_time(answer: bytes) -> None:
    """Three attempts of a third of a second."""
    with dripping(answer) as port:
        payments = HttpPayments(f"http://127.0.0.1:{port}", "sk_test_x", timeout=0.3)
        took = seconds_until(
            PaymentsUnavailable,
            lambda: payments.charge(Money(1, "EUR"), method="pm", order_id="o", key="k"),
        )
        payments.close()
    assert 0.25 < took < 1.5


def test_a_storage_that_drips_is_given_up_in_time() -> None:
    with dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b"x" * 400) as port:
        storage = S3Storage(f"http://127.0.0.1:{port}", "receipts", KEYS, timeout=0.3)
        took = seconds_until(StorageUnavailable, lambda: storage.get("x"))
        storage.close()
    assert 0.25 < took < 1.5


def test_a_mail_server_that_drips_is_given_up_in_time() -> None:
    """From its greeting on."""
    with dripping(b"220 " + b"x" * 500, greets=True) as port:
        emails = SmtpEmails("127.0.0.1", port, "shop@example.org", timeout=0.4)
        took = seconds_until(EmailsUnavailable, lambda: emails.send(MESSAGE))
    assert 0.35 < took < 1.0


def test_nobody_listening_is_found_out_at_once() -> None:
    """And named, for each of them."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(EmailsUnavailable, match=f"ada@example.com through 127.0.0.1:{port}"):
        SmtpEmails("127.0.0.1", port, "shop@example.org").send(MESSAGE)
    payments = HttpPayments(f"http://127.0.0.1:{port}", "sk_test_x", timeout=0.3)
    with pytest.raises(PaymentsUnavailable, match=rf"127.0.0.1:{port}.*ConnectError"):
        payments.charge(Money(1, "EUR"), method="pm", order_id="o", key="k")
    payments.close()
