"""A customer's way through the shop, over HTTP against the running services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from belljar.mocks.email.client import Inbox
from belljar.mocks.payments.client import PaymentsClient
from services.orders.tests.settings import OrdersTestSettings

CreateProduct = Callable[..., dict[str, Any]]
Place = Callable[..., httpx.Response]
Pay = Callable[[str], httpx.Response]


def test_a_checkout_ends_with_a_receipt(
    orders: httpx.Client,
    create_product: CreateProduct,
    place: Place,
    pay: Pay,
    payments: PaymentsClient,
    inbox: Inbox,
    customer_email: str,
    test_settings: OrdersTestSettings,
) -> None:
    """Find, look at, order, pay, download; the mail says the same."""
    product = create_product()

    found = orders.get("/products", params={"q": "lam"}).json()["items"]
    assert [item["id"] for item in found] == [product["id"]]
    assert orders.get(f"/products/{product['id']}").json()["available"] == 10

    order = place(product, key="first", quantity=2).json()
    assert orders.get(f"/products/{product['id']}").json()["available"] == 8

    paid = pay(order["id"])
    assert (paid.status_code, paid.json()["amount"]) == (200, {"minor": 2500, "currency": "EUR"})
    assert orders.get(f"/orders/{order['id']}").json()["status"] == "paid"

    receipt = orders.get(f"/orders/{order['id']}/receipt")
    assert receipt.headers["content-type"] == "text/plain; charset=utf-8"
    assert "2 x Lamp (12.50 EUR): 25.00 EUR" in receipt.text

    patience = test_settings.orders.waiting.seconds
    mail = inbox.wait_for(to=customer_email, subject=order["id"], timeout=patience)
    assert mail.text.split() == receipt.text.split()
    assert payments.effects() == {"charge of 2500 eur": 1}
