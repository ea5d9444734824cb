"""Neighbours in trouble, seen by a customer: nobody pays twice, no order is lost, nothing hangs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from belljar.databases.isolation import Database
from belljar.faults.session import Faults
from belljar.mocks.email.messages import Message
from belljar.mocks.payments.client import PaymentsClient
from belljar.mocks.storage.client import Storage
from belljar.services import Services
from services.orders.tests.e2e.waiting import Waiting

CreateProduct = Callable[..., dict[str, Any]]
Place = Callable[..., httpx.Response]
Pay = Callable[[str], httpx.Response]
MailsAbout = Callable[[str], list[Message]]
Invariants = list[Callable[[], None]]

# What the README promises of one request, with these settings.
BOUND = 4.0
INTENTS = {"method": "POST", "path": "/v1/payment_intents"}


@pytest.fixture
def order_id(create_product: CreateProduct, place: Place) -> str:
    """An order over two pieces that is not paid yet."""
    order: dict[str, str] = place(create_product(), key="first", quantity=2).json()
    return order["id"]


@pytest.fixture(autouse=True)
def settled(invariants: Invariants, orders: httpx.Client, wait_for: Waiting) -> Iterator[None]:
    """After each test, what must hold does."""
    yield
    wait_for.all_of(invariants)


def pay_once(impatient: httpx.Client, order_id: str) -> tuple[httpx.Response, float]:
    """The first answer to a payment, and how long it took."""
    started = time.monotonic()
    payment = {"payment_method": "pm_card_visa"}
    response = impatient.post(f"/orders/{order_id}/payment", json=payment)
    return response, time.monotonic() - started


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("status", {"status": 503}),
        ("rate_limit", {"retry_after": 1}),
        ("lose_answer", {}),
        ("reset", {}),
        ("timeout", {}),
        ("slow", {"bytes_per_second": 20}),
        ("truncated_json", {}),
        ("wrong_content_length", {}),
        ("garbage", {}),
    ],
)
def test_an_order_is_paid_at_the_first_request_though_the_payment_service_fails_once(
    impatient: httpx.Client,
    payments: PaymentsClient,
    faults: Faults,
    order_id: str,
    kind: str,
    parameters: dict[str, Any],
) -> None:
    """It is asked again with the same key: one charge, whatever the first answer was."""
    faults.on("payments", **INTENTS).plan(kind, parameters, times=1)
    response, seconds = pay_once(impatient, order_id)
    assert response.status_code == 200, response.text
    assert seconds < BOUND
    assert payments.effects() == {"charge of 2500 eur": 1}


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("timeout", {}), ("slow", {"bytes_per_second": 20}), ("lose_answer", {})],
)
def test_a_payment_service_that_stays_bad_is_not_waited_for(
    impatient: httpx.Client,
    payments: PaymentsClient,
    faults: Faults,
    database: Database,
    order_id: str,
    kind: str,
    parameters: dict[str, Any],
    wait_for: Waiting,
) -> None:
    """The customer is told to come back, and the outbox settles the payment if nobody does."""
    faults.on("payments", **INTENTS).plan(kind, parameters, times=4)
    response, seconds = pay_once(impatient, order_id)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert int(response.headers["Retry-After"]) >= 1
    assert seconds < BOUND
    wait_for(lambda: status_in(database, order_id) == "paid", "the outbox to settle the payment")
    assert payments.effects() == {"charge of 2500 eur": 1}


def test_a_circuit_that_is_open_answers_at_once_and_closes_again(
    services: Services,
    impatient: httpx.Client,
    orders: httpx.Client,
    payments: PaymentsClient,
    faults: Faults,
    order_id: str,
) -> None:
    """After five failures in a row; the log says so, and the customer gets through in the end."""
    faults.on("payments", **INTENTS).fail(status=503)
    for _ in range(40):
        response, seconds = pay_once(impatient, order_id)
        if "left alone" in response.text:
            break
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert seconds < 0.5
    assert "the circuit is open" in services["orders"].log_text()
    payments.clear_faults()
    paid = orders.post(f"/orders/{order_id}/payment", json={"payment_method": "pm_card_visa"})
    assert paid.status_code == 200


def test_a_receipt_can_be_had_without_the_storage(
    storage: Storage,
    orders: httpx.Client,
    faults: Faults,
    database: Database,
    order_id: str,
    pay: Pay,
    mails_about: MailsAbout,
    wait_for: Waiting,
) -> None:
    """It is made from the database; the mail goes out, and the storage gets its copy later."""
    faults.on("storage").slow_down(times=8)
    assert pay(order_id).status_code == 200
    wait_for(lambda: bool(mails_about(order_id)), "the receipt to be mailed")
    receipt = orders.get(f"/orders/{order_id}/receipt")
    assert "2 x Lamp (12.50 EUR): 25.00 EUR" in receipt.text
    wait_for(lambda: not owed(database), "the receipt to be stored")
    assert list(storage.objects["receipts"]) == [f"receipts/{order_id}.txt"]
    assert len(mails_about(order_id)) == 1


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("timeout", {}),
        ("slow", {"bytes_per_second": 20}),
        ("cut", {"after": 10}),
        ("reset", {}),
        ("status", {"status": 500}),
    ],
)
def test_a_receipt_comes_soon_though_the_storage_fails(
    orders: httpx.Client,
    impatient: httpx.Client,
    faults: Faults,
    database: Database,
    order_id: str,
    pay: Pay,
    kind: str,
    parameters: dict[str, Any],
    wait_for: Waiting,
) -> None:
    """The first answer is the receipt."""
    assert pay(order_id).status_code == 200
    wait_for(lambda: not owed(database), "the receipt to be stored")
    faults.on("storage", operation="GetObject").plan(kind, parameters)
    started = time.monotonic()
    receipt = impatient.get(f"/orders/{order_id}/receipt")
    assert (receipt.status_code, "Total: 25.00 EUR" in receipt.text) == (200, True)
    assert time.monotonic() - started < BOUND


def test_a_mail_that_is_refused_is_sent_later_and_holds_up_no_other(
    create_product: CreateProduct,
    place: Place,
    faults: Faults,
    database: Database,
    pay: Pay,
    mails_about: MailsAbout,
    wait_for: Waiting,
) -> None:
    """Ben's comes at once, Ada's when her mailbox is there again."""
    faults.on("email", command="RCPT", recipient="ada@*").smtp(code=550, times=3)
    product = create_product()
    ada = place(product, key="1", customer_email="ada@example.com").json()["id"]
    ben = place(product, key="2", customer_email="ben@example.com").json()["id"]
    assert (pay(ada).status_code, pay(ben).status_code) == (200, 200)
    wait_for(lambda: not owed(database), "both receipts to be delivered")
    assert (len(mails_about(ada)), len(mails_about(ben))) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("timeout", {}), ("reset", {}), ("slow", {"bytes_per_second": 2}), ("refuse", {})],
)
def test_mail_comes_though_its_server_fails_at_first(
    faults: Faults,
    database: Database,
    order_id: str,
    pay: Pay,
    mails_about: MailsAbout,
    kind: str,
    parameters: dict[str, Any],
    wait_for: Waiting,
) -> None:
    """The outbox has it, and the customer's payment does not wait for it."""
    faults.on("email", command="MAIL").plan(kind, parameters, times=2)
    started = time.monotonic()
    assert pay(order_id).status_code == 200
    assert time.monotonic() - started < 1.5
    wait_for(lambda: not owed(database), "the receipt to be delivered")
    assert len(mails_about(order_id)) >= 1


def test_a_mail_whose_answer_is_lost_may_come_twice_and_can_be_told(
    faults: Faults,
    database: Database,
    order_id: str,
    pay: Pay,
    mails_about: MailsAbout,
    wait_for: Waiting,
) -> None:
    """At least once is the promise; both have one Message-ID."""
    faults.on("email", command="MESSAGE").lose_answer(times=1)
    assert pay(order_id).status_code == 200
    wait_for(lambda: not owed(database), "the receipt to be delivered")
    identifiers = {mail.header("Message-ID") for mail in mails_about(order_id)}
    assert identifiers == {f"<receipt.{order_id}@localhost>"}


def test_a_payment_that_a_killed_process_left_open_is_settled(
    services: Services,
    impatient: httpx.Client,
    payments: PaymentsClient,
    database: Database,
    order_id: str,
    wait_for: Waiting,
) -> None:
    """The money was taken, nobody noted it, and nobody asks: the outbox does."""
    payments.slow_down(0.4)
    with ThreadPoolExecutor(1) as pool:
        paying = pool.submit(pay_once, impatient, order_id)
        payments.wait_for("POST", "/v1/payment_intents")
        services["orders"].kill()
        with pytest.raises(httpx.TransportError):
            paying.result(30)
    payments.slow_down(0)
    assert status_in(database, order_id) == "paying"
    wait_for(lambda: status_in(database, order_id) == "paid", "the outbox to settle the payment")
    assert payments.effects() == {"charge of 2500 eur": 1}


def status_in(database: Database, order_id: str) -> str:
    """How far the order got, as the database has it."""
    query = text("SELECT status FROM orders WHERE id = :id")
    with database.engine.connect() as connection:
        return str(connection.scalar(query, {"id": order_id}))


def owed(database: Database) -> list[str]:
    """The orders whose receipts are not delivered yet."""
    query = "SELECT order_id FROM receipts WHERE stored_at IS NULL OR emailed_at IS NULL"
    with database.engine.connect() as connection:
        return list(connection.scalars(text(query)))
