"""The HTTP API of orders, payment and receipts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.orders.catalog import Catalog
from services.orders.fakes.emails import FakeEmails
from services.orders.fakes.payments import FakePayments
from services.orders.money import Money
from services.orders.views import ProductView

Post = Callable[..., httpx.Response]


@pytest.fixture
def post(client: httpx.Client, product: ProductView) -> Post:
    """A function that posts an order for one product: `post(quantity=2, key="k1")`."""

    def post(
        *, quantity: int = 1, key: str | None = "key", product_id: str = product.id, **members: Any
    ) -> httpx.Response:
        body = {
            "customer_email": "ada@example.com",
            "lines": [{"product_id": product_id, "quantity": quantity}],
            **members,
        }
        headers = {"Idempotency-Key": key} if key else {}
        return client.post("/orders", json=body, headers=headers)

    return post


def available(client: httpx.Client, product: ProductView) -> int:
    """The pieces that are left."""
    number: int = client.get(f"/products/{product.id}").json()["available"]
    return number


def test_an_order_takes_pieces_and_totals_up(
    client: httpx.Client, post: Post, product: ProductView
) -> None:
    """Two lamps at 12.50 EUR are 25.00 EUR, and eight of ten are left."""
    response = post(quantity=2)
    assert response.status_code == 201
    order = response.json()
    assert (order["status"], order["total"]) == ("pending", {"minor": 2500, "currency": "EUR"})
    assert available(client, product) == 8
    assert client.get(f"/orders/{order['id']}").json() == order


def test_lines_for_the_same_product_become_one(post: Post, product: ProductView) -> None:
    """Their quantities add up."""
    lines = [{"product_id": product.id, "quantity": quantity} for quantity in (1, 2)]
    order = post(lines=lines).json()
    assert [line["quantity"] for line in order["lines"]] == [3]


def test_an_order_that_cannot_be_filled_takes_nothing(
    client: httpx.Client, catalog: Catalog, post: Post, product: ProductView
) -> None:
    """All lines or none: the first product's pieces stay where they are."""
    rare = catalog.create(sku="RARE", name="Rare", price=Money(1, "EUR"), stock=1)
    lines = [{"product_id": item, "quantity": 2} for item in (product.id, rare.id)]
    response = post(lines=lines)
    assert (response.status_code, response.json()["code"]) == (409, "out_of_stock")
    assert response.headers["content-type"] == "application/problem+json"
    assert available(client, product) == 10


def test_a_repeated_request_gets_the_same_answer(
    client: httpx.Client, post: Post, product: ProductView
) -> None:
    """One order, one answer, and a header that says it is a repetition."""
    first, second = post(), post()
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert available(client, product) == 9


def test_a_key_is_good_for_one_request_only(post: Post) -> None:
    """Another body with the same key is a mistake."""
    post(quantity=1)
    response = post(quantity=2)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_mismatch")


def test_an_order_needs_an_idempotency_key(post: Post) -> None:
    """The refusal says why and what to send."""
    response = post(key=None)
    assert (response.status_code, response.json()["code"]) == (400, "missing_idempotency_key")
    assert "send the header" in response.json()["detail"]


def test_an_order_has_one_currency(catalog: Catalog, post: Post, product: ProductView) -> None:
    """Euros and dollars do not add up."""
    other = catalog.create(sku="US", name="Other", price=Money(1, "USD"), stock=1)
    lines = [{"product_id": item, "quantity": 1} for item in (product.id, other.id)]
    response = post(lines=lines)
    assert (response.status_code, response.json()["code"]) == (422, "mixed_currencies")


def test_a_withdrawn_product_cannot_be_ordered(
    catalog: Catalog, post: Post, product: ProductView
) -> None:
    """Even if there are pieces left."""
    catalog.update(product.id, active=False)
    assert post().status_code == 422


@pytest.mark.parametrize(
    "members",
    [{"lines": []}, {"customer_email": "nobody"}, {"lines": [{"product_id": "x", "quantity": 0}]}],
)
def test_a_bad_order_is_refused(post: Post, members: dict[str, Any]) -> None:
    """And its key stays free for the corrected one."""
    assert post(**members).status_code == 422
    assert post().status_code == 201


def test_a_cancelled_order_gives_its_pieces_back_once(
    client: httpx.Client, post: Post, product: ProductView
) -> None:
    """Cancelling again changes nothing."""
    order = post(quantity=4).json()
    for _ in range(2):
        response = client.post(f"/orders/{order['id']}/cancel")
        assert (response.status_code, response.json()["status"]) == (200, "cancelled")
        assert available(client, product) == 10


def test_a_paid_order_has_a_receipt_and_cannot_be_cancelled(
    client: httpx.Client, post: Post, fake_emails: FakeEmails
) -> None:
    """The receipt was mailed too."""
    order = post().json()
    paid = client.post(f"/orders/{order['id']}/payment", json={"payment_method": "pm_card_visa"})
    assert (paid.status_code, paid.json()["amount"]) == (200, order["total"])
    receipt = client.get(f"/orders/{order['id']}/receipt")
    assert receipt.status_code == 200
    assert "Total: 12.50 EUR" in receipt.text
    assert [message.to for message in fake_emails.inbox] == ["ada@example.com"]
    cancelled = client.post(f"/orders/{order['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["order_status"]) == (409, "paid")


def test_an_application_that_leaves_the_delivery_to_the_outbox_mails_nothing(
    owing_client: httpx.Client, post: Post, fake_emails: FakeEmails
) -> None:
    """The order is paid, and its receipt can be downloaded."""
    path = f"/orders/{post().json()['id']}"
    payment = {"payment_method": "pm_card_visa"}
    assert owing_client.post(f"{path}/payment", json=payment).status_code == 200
    assert owing_client.get(f"{path}/receipt").status_code == 200
    assert fake_emails.inbox == []


@pytest.mark.parametrize(
    ("method", "status", "code"),
    [("pm_card_chargeDeclined", 402, "payment_declined"), ("pm_card_visa", 503, "unavailable")],
)
def test_a_payment_that_fails_says_how(
    client: httpx.Client,
    post: Post,
    fake_payments: FakePayments,
    method: str,
    status: int,
    code: str,
) -> None:
    """Declined for good, or not settled yet."""
    fake_payments.available = status != 503
    order = post().json()
    response = client.post(f"/orders/{order['id']}/payment", json={"payment_method": method})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert client.get(f"/orders/{order['id']}/receipt").status_code == 404


def test_orders_are_found_by_customer_and_status(client: httpx.Client, post: Post) -> None:
    """Both filters hold at once."""
    mine = post(key="1").json()
    post(key="2", customer_email="bob@example.com")
    cancelled = post(key="3").json()
    client.post(f"/orders/{cancelled['id']}/cancel")
    parameters = {"customer_email": "ada@example.com", "status": "pending"}
    page = client.get("/orders", params=parameters).json()
    assert [item["id"] for item in page["items"]] == [mine["id"]]


def test_orders_come_in_pages(client: httpx.Client, post: Post) -> None:
    """The cursor leads through all of them."""
    ids = [post(key=str(number)).json()["id"] for number in range(3)]
    first = client.get("/orders", params={"limit": 2}).json()
    second = client.get("/orders", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    assert second["next_cursor"] is None
