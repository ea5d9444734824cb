"""The service over the scenario `small`: tests begin with its rows, which `:orders_small_db` has in it already."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from belljar.databases import PostgresTemplate
from belljar.databases.isolation import Database
from services.orders import migrate

LAMP, STOOL, CARD, CLOCK = (
    "prd_01JWN82D004TFF59TDWH9EDD1R",
    "prd_01JWNBG8M01HEAD8X4A1JH69RE",
    "prd_01JWQTF400H4QX4FR84G98PBSK",
    "prd_01JWTCVV00JMRNV7E9Z0C1HT0H",
)
CANCELLED, PAID, PENDING = (
    "ord_01JWX64980G7KYHRJXJG7DJ13N",
    "ord_01JWZRH0802R00K6AGV0VFCXEC",
    "ord_01JX2AXQ8027H6P3AMKDQG6STT",
)


@pytest.fixture(scope="session")
def database_template() -> PostgresTemplate:
    """Under plain pytest, what `:orders_small_db` is under Bazel."""
    orders = Path(__file__).parents[2]
    return PostgresTemplate.build(
        migrations=orders / "migrations", seed=orders / "scenarios" / "small"
    )


def listed(client: httpx.Client, path: str, **parameters: str | bool) -> list[str]:
    """The identifiers that the API lists."""
    response = client.get(path, params=parameters)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


def test_the_api_lists_exactly_these(client: httpx.Client) -> None:
    """Newest first, whatever they are filtered by."""
    assert listed(client, "/products") == [CLOCK, CARD, STOOL, LAMP]
    assert listed(client, "/products", active=True) == [CARD, STOOL, LAMP]
    assert listed(client, "/products", q="FUSSBANK") == [STOOL]
    assert listed(client, "/orders") == [PENDING, PAID, CANCELLED]
    assert listed(client, "/orders", customer_email="ada@example.com") == [PENDING, PAID]
    assert listed(client, "/orders", status="paid") == [PAID]


def test_a_listed_order_shows_what_was_bought(client: httpx.Client) -> None:
    """Its lines, its sum, and the receipt that says the same."""
    order = client.get(f"/orders/{PAID}").json()
    bought = [(line["name"], line["quantity"]) for line in order["lines"]]
    assert (bought, order["total"]["minor"]) == ([("Lamp", 2), ("Fußbank", 1)], 7400)
    receipt = client.get(f"/orders/{PAID}/receipt").text
    assert "2 x Lamp (12.50 EUR): 25.00 EUR" in receipt
    assert "Total: 74.00 EUR" in receipt


def test_what_the_rows_say_is_kept_to(client: httpx.Client) -> None:
    """Sold out, withdrawn, paid: each is refused, and a cancelled order gives its piece back."""

    def order(product: str) -> httpx.Response:
        lines = [{"product_id": product, "quantity": 1}]
        return client.post(
            "/orders",
            json={"customer_email": "ben@example.com", "lines": lines},
            headers={"Idempotency-Key": product},
        )

    assert order(STOOL).json()["code"] == "out_of_stock"
    assert order(CLOCK).status_code == 422
    assert client.post(f"/orders/{PAID}/cancel").json()["order_status"] == "paid"
    assert client.post(f"/orders/{PENDING}/cancel").json()["status"] == "cancelled"
    assert client.get(f"/products/{LAMP}").json()["available"] == 8


@pytest.mark.database(isolation="template")
def test_the_rows_survive_migrations_down_and_up_again(
    database: Database, client: httpx.Client
) -> None:
    """Back to before products were searched, withdrawn, and receipts tried again."""
    before = [client.get(path).json() for path in ("/products", "/orders")]
    migrate.downgrade(database.engine, "0006")
    migrate.upgrade(database.engine)
    products, orders = (client.get(path).json() for path in ("/products", "/orders"))
    assert listed(client, "/products", q="fussbank") == [STOOL]
    # A column that was dropped has its default again: the clock is back on sale.
    assert products["items"][0].pop("active")
    assert not before[0]["items"][0].pop("active")
    for order in (*orders["items"], *before[1]["items"]):
        # Nobody knows any more when an order was changed.
        order.pop("updated_at")
    assert [products, orders] == before
