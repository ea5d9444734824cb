"""What an order is held to over HTTP: what is refused, what is repeated, and who comes too late."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

CreateProduct = Callable[..., dict[str, Any]]
Place = Callable[..., httpx.Response]

BUYERS = 8


def test_what_the_database_cannot_hold_is_refused(orders: httpx.Client) -> None:
    """A NUL character travels through JSON and URLs, but does not fit into PostgreSQL."""
    for response in (
        orders.get("/products", params={"q": "\0"}),
        orders.get("/orders/%00"),
        orders.post(
            "/products",
            json={"sku": "\0", "name": "x", "price": {"minor": 1, "currency": "EUR"}},
        ),
    ):
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


def test_a_retry_after_a_lost_answer_orders_once(
    orders: httpx.Client, create_product: CreateProduct, place: Place
) -> None:
    """The same request again gets the same bytes, and takes no more pieces."""
    product = create_product()
    first = place(product, key="same")
    again = place(product, key="same")
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert orders.get(f"/products/{product['id']}").json()["available"] == 9

    other = place(product, key="same", quantity=5)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


def test_buyers_at_the_same_moment_cannot_buy_more_than_there_is(
    orders: httpx.Client, create_product: CreateProduct, place: Place
) -> None:
    """Eight buyers, three pieces: three orders, five refusals, nothing left."""
    product = create_product(stock=3)
    barrier = threading.Barrier(BUYERS)

    def buy(number: int) -> tuple[int, str]:
        barrier.wait(timeout=30)
        response = place(product, key=f"buyer {number}")
        return response.status_code, response.json().get("code", "")

    with ThreadPoolExecutor(BUYERS) as pool:
        outcomes = Counter(pool.map(buy, range(BUYERS)))

    assert outcomes == {(201, ""): 3, (409, "out_of_stock"): 5}
    assert orders.get(f"/products/{product['id']}").json()["available"] == 0
    assert len(orders.get("/orders").json()["items"]) == 3
