"""The outbox delivers what the HTTP process only owes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from belljar.databases.isolation import Database
from belljar.mocks.email.messages import Message
from belljar.services import Services
from services.orders.tests.e2e.waiting import Waiting

CreateProduct = Callable[..., dict[str, Any]]
Place = Callable[..., httpx.Response]
Pay = Callable[[str], httpx.Response]
MailsAbout = Callable[[str], list[Message]]


@pytest.fixture
def product(create_product: CreateProduct) -> dict[str, Any]:
    """A product over 12.50 EUR with ten pieces in stock."""
    return create_product()


@pytest.fixture
def order_id(product: dict[str, Any], place: Place) -> str:
    """An order over two pieces that is not paid yet."""
    order: dict[str, str] = place(product, key="first", quantity=2).json()
    return order["id"]


def test_a_paid_order_is_mailed_at_once(
    order_id: str, customer_email: str, pay: Pay, mails_about: MailsAbout, wait_for: Waiting
) -> None:
    """By the news of the payment alone: the outbox would look by itself in ten minutes."""
    assert pay(order_id).status_code == 200
    wait_for(lambda: bool(mails_about(order_id)), "the receipt to be mailed")
    (message,) = mails_about(order_id)
    assert message.recipients == (customer_email,)
    assert "2 x Lamp (12.50 EUR): 25.00 EUR" in message.text


def test_a_receipt_that_is_owed_while_the_outbox_is_down_is_delivered_when_it_is_back(
    services: Services,
    database: Database,
    order_id: str,
    pay: Pay,
    mails_about: MailsAbout,
    wait_for: Waiting,
) -> None:
    """The HTTP process notes that it is owed, and leaves it at that."""
    services["outbox"].stop()
    assert pay(order_id).status_code == 200
    assert (owed(database), mails_about(order_id)) == ([order_id], [])

    services["outbox"].start()
    wait_for(lambda: not owed(database), "the receipt to be noted as delivered")
    assert len(mails_about(order_id)) == 1


def test_an_outbox_that_is_killed_and_started_again_mails_no_receipt_twice(
    services: Services,
    database: Database,
    product: dict[str, Any],
    place: Place,
    order_id: str,
    pay: Pay,
    mails_about: MailsAbout,
    wait_for: Waiting,
) -> None:
    """What was noted as delivered stays delivered, when the next receipt is mailed too."""
    assert pay(order_id).status_code == 200
    wait_for(lambda: not owed(database), "the receipt to be noted as delivered")
    services["outbox"].kill()
    services["outbox"].start()

    other: str = place(product, key="second").json()["id"]
    assert pay(other).status_code == 200
    wait_for(lambda: not owed(database), "the next receipt to be noted as delivered")
    assert (len(mails_about(order_id)), len(mails_about(other))) == (1, 1)


def owed(database: Database) -> list[str]:
    """The orders whose receipts are not delivered yet."""
    query = "SELECT order_id FROM receipts WHERE stored_at IS NULL OR emailed_at IS NULL"
    with database.engine.connect() as connection:
        return list(connection.scalars(text(query)))
