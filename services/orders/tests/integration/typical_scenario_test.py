"""The service over the scenario `typical`: listings that are long enough to have pages, and sums worth adding up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from belljar.databases import PostgresTemplate
from belljar.databases.isolation import Database
from services.orders.catalog import Catalog
from services.orders.pagination import Page
from services.orders.views import ProductView


@pytest.fixture(scope="session")
def database_template() -> PostgresTemplate:
    """Under plain pytest, what `:orders_typical_db` is under Bazel."""
    orders = Path(__file__).parents[2]
    return PostgresTemplate.build(
        migrations=orders / "migrations", seed=orders / "scenarios" / "typical.py"
    )


def listed(client: httpx.Client, path: str, **parameters: str | int) -> Iterator[dict[str, Any]]:
    """All that the API lists, page by page."""
    cursor: dict[str, str] = {}
    while True:
        response = client.get(path, params={**parameters, **cursor})
        assert response.status_code == 200, response.text
        yield from response.json()["items"]
        if (following := response.json()["next_cursor"]) is None:
            return
        cursor = {"cursor": following}


def all_pages(search: Callable[[str | None], Page[ProductView]]) -> list[str]:
    """The identifiers of all pages."""
    page = search(None)
    found = [item.id for item in page.items]
    while page.next_cursor is not None:
        page = search(page.next_cursor)
        found += [item.id for item in page.items]
    return found


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    """What the database itself says."""
    with database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_pages_of_products_show_all_that_a_search_finds(catalog: Catalog) -> None:
    """Sixty products in pages of seven: each once, newest first; withdrawn ones are among them."""
    found = all_pages(lambda cursor: catalog.search(limit=7, cursor=cursor))
    assert (len(found), found) == (60, sorted(found, reverse=True))
    on_sale = all_pages(lambda cursor: catalog.search(active=True, limit=7, cursor=cursor))
    assert len(on_sale) == 54
    assert set(on_sale) < set(found)


def test_the_orders_of_all_customers_are_all_orders(client: httpx.Client) -> None:
    """A hundred, over HTTP, and none in two customers' lists."""
    orders = list(listed(client, "/orders", limit=30))
    assert len(orders) == 100
    customers = {order["customer_email"] for order in orders}
    assert 1 < len(customers) <= 25
    by_customer = [
        order["id"]
        for customer in customers
        for order in listed(client, "/orders", customer_email=customer, limit=3)
    ]
    assert sorted(by_customer) == sorted(order["id"] for order in orders)


def test_what_customers_paid_adds_up_to_what_was_taken(
    database: Database, client: httpx.Client
) -> None:
    """An accountant goes through the pages of paid orders, line by line; the payments know the sums."""
    paid: dict[str, int] = {}
    for order in listed(client, "/orders", status="paid", limit=7):
        amount = sum(line["quantity"] * line["unit_price"]["minor"] for line in order["lines"])
        customer = order["customer_email"]
        paid[customer] = paid.get(customer, 0) + amount
    taken = rows(
        database,
        """
        SELECT customer_email, sum(amount_minor) FROM payments
        JOIN orders ON orders.id = order_id WHERE payments.status = 'succeeded' GROUP BY 1
        """,
    )
    assert len(taken) > 1
    assert paid == dict(taken)


def test_the_best_sold_product_sold_as_often_as_its_lines_say(
    database: Database, client: httpx.Client
) -> None:
    """Cancelled orders don't count, in whichever list one looks."""
    sold: dict[str, int] = {}
    for status in ("paid", "pending"):
        for order in listed(client, "/orders", status=status, limit=100):
            for line in order["lines"]:
                sold[line["product_id"]] = sold.get(line["product_id"], 0) + line["quantity"]
    counted = rows(
        database,
        """
        SELECT product_id, sum(quantity) FROM order_lines
        JOIN orders ON orders.id = order_id WHERE status <> 'cancelled' GROUP BY 1
        """,
    )
    assert sold == dict(counted)
