"""Fixtures of the e2e tests: clients of the service graph, and what its customers get by mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from belljar.services import Services
from services.orders.fakes.folder_emails import FolderEmails
from services.orders.outside.emails import Message


@pytest.fixture
def orders(services: Services) -> Iterator[httpx.Client]:
    """A client of the running service."""
    with httpx.Client(base_url=services["orders"].url, timeout=30) as client:
        yield client


@pytest.fixture
def mails_about(services: Services) -> Callable[[str], list[Message]]:
    """A function that gives the mails about an order: `mails_about(order["id"])`."""
    inbox = FolderEmails(Path(services["outbox"].exports["mails"]))

    def mails_about(order_id: str) -> list[Message]:
        return [message for message in inbox.inbox() if order_id in message.subject]

    return mails_about


@pytest.fixture
def create_product(orders: httpx.Client) -> Callable[..., dict[str, Any]]:
    """A function that creates a product over HTTP: `create_product(stock=3)`."""

    def create_product(stock: int = 10) -> dict[str, Any]:
        response = orders.post(
            "/products",
            json={
                "sku": "LAMP-1",
                "name": "Lamp",
                "price": {"minor": 1250, "currency": "EUR"},
                "stock": stock,
            },
        )
        assert response.status_code == 201, response.text
        product: dict[str, Any] = response.json()
        return product

    return create_product


@pytest.fixture
def place(orders: httpx.Client) -> Callable[..., httpx.Response]:
    """A function that orders one product over HTTP: `place(product, key="k1")`."""

    def place(product: dict[str, Any], *, key: str, quantity: int = 1) -> httpx.Response:
        return orders.post(
            "/orders",
            json={
                "customer_email": "ada@example.com",
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
