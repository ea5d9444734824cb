"""Fixtures of the e2e tests: clients of the service graph, what its neighbours saw, what must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from faker import Faker

from belljar.config.plugin import settings_fixture
from belljar.databases.isolation import Database
from belljar.mocks.email.client import Inbox
from belljar.mocks.email.messages import Message
from belljar.mocks.payments.client import PaymentsClient
from belljar.mocks.storage.client import Storage
from belljar.services import Services
from services.orders.tests.e2e import holding
from services.orders.tests.e2e.patient import PatientTransport
from services.orders.tests.e2e.waiting import Waiting
from services.orders.tests.settings import OrdersTestSettings

test_settings = settings_fixture(OrdersTestSettings)


@pytest.fixture
def wait_for(test_settings: OrdersTestSettings) -> Waiting:
    """A function that waits for a condition: `wait_for(lambda: ..., "the receipt to be mailed")`."""
    return Waiting(test_settings.orders.waiting.seconds)


@pytest.fixture
def customer_email(faker: Faker) -> str:
    """The address of this test's customer."""
    email: str = faker.unique.reserved_email()
    return email


@pytest.fixture
def stocked() -> dict[str, int]:
    """How many pieces each product of this test began with."""
    return {}


@pytest.fixture
def orders(
    services: Services,
    payments: PaymentsClient,
    storage: Storage,
    inbox: Inbox,
    test_settings: OrdersTestSettings,
) -> Iterator[httpx.Client]:
    """A client of the running service that sends again what may be sent again."""
    waiting = test_settings.orders.waiting
    with httpx.Client(
        base_url=services["orders"].url,
        timeout=waiting.one_request,
        # Without a certificate store: it takes longer to read than a request to answer.
        transport=PatientTransport(httpx.HTTPTransport(verify=False), waiting.all_attempts),
    ) as client:
        yield client


@pytest.fixture
def impatient(orders: httpx.Client) -> Iterator[httpx.Client]:
    """A client that takes the first answer."""
    with httpx.Client(base_url=orders.base_url, timeout=orders.timeout, verify=False) as client:
        yield client


@pytest.fixture
def invariants(
    database: Database, payments: PaymentsClient, stocked: dict[str, int]
) -> list[Callable[[], None]]:
    """What must hold when all is settled, whatever failed: each raises an `AssertionError`."""
    return [
        partial(holding.no_order_is_charged_twice, payments),
        partial(holding.every_charge_is_of_a_paid_order, database, payments),
        partial(holding.every_paid_order_is_charged_its_total, database, payments),
        partial(holding.no_piece_is_sold_twice_or_lost, database, stocked),
        partial(holding.every_paid_order_has_its_receipt, database),
    ]


@pytest.fixture
def mails_about(inbox: Inbox) -> Callable[[str], list[Message]]:
    """A function that gives the mails about an order: `mails_about(order["id"])`."""
    return lambda order_id: inbox.find(subject=order_id)


@pytest.fixture
def create_product(
    orders: httpx.Client, stocked: dict[str, int], faker: Faker
) -> Callable[..., dict[str, Any]]:
    """A function that creates a product over HTTP: `create_product(stock=3)`."""

    def create_product(stock: int = 10) -> dict[str, Any]:
        response = orders.post(
            "/products",
            json={
                "sku": faker.unique.sku(),
                "name": "Lamp",
                "price": {"minor": 1250, "currency": "EUR"},
                "stock": stock,
            },
            headers={"Idempotency-Key": faker.idempotency_key()},
        )
        assert response.status_code == 201, response.text
        product: dict[str, Any] = response.json()
        stocked[product["id"]] = stock
        return product

    return create_product


@pytest.fixture
def place(orders: httpx.Client, customer_email: str) -> Callable[..., httpx.Response]:
    """A function that orders one product over HTTP: `place(product, key="k1")`."""

    def place(
        product: dict[str, Any],
        *,
        key: str,
        quantity: int = 1,
        customer_email: str = customer_email,
    ) -> httpx.Response:
        return orders.post(
            "/orders",
            json={
                "customer_email": customer_email,
                "lines": [{"product_id": product["id"], "quantity": quantity}],
            },
            headers={"Idempotency-Key": key},
        )

    return place


@pytest.fixture
def pay(orders: httpx.Client) -> Callable[[str], httpx.Response]:
    """A function that pays an order over HTTP: `pay(order["id"])`."""

    def pay(order_id: str) -> httpx.Response:
        return orders.post(f"/orders/{order_id}/payment", json={"payment_method": "pm_card_visa"})

    return pay
