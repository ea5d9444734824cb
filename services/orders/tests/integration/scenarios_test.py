"""Every scenario fits the migrated schema and keeps the service's rules; listings go through all of `typical`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from belljar.data.data import Data
from belljar.data.scenarios import Scenarios, check
from belljar.databases.isolation import Database
from services.orders.catalog import Catalog
from services.orders.pagination import Page
from services.orders.views import ProductView

SCENARIOS = Path(__file__).parents[2] / "scenarios"

# Each finds the rows that break a rule of the service.
BROKEN = {
    "a total that is not the sum of its lines": """
        SELECT id FROM orders WHERE total_minor IS DISTINCT FROM (
            SELECT sum(quantity * unit_price_minor) FROM order_lines WHERE order_id = orders.id)
    """,
    "a line in another currency, or with another number than its product": """
        SELECT orders.id FROM orders JOIN order_lines ON order_id = orders.id
        JOIN products ON products.id = product_id
        WHERE products.currency <> orders.currency OR products.sku <> order_lines.sku
    """,
    "an order from before its product": """
        SELECT orders.id FROM orders JOIN order_lines ON order_id = orders.id
        JOIN products ON products.id = product_id WHERE products.created_at > orders.created_at
    """,
    "a product without stock": """
        SELECT id FROM products WHERE id NOT IN (SELECT product_id FROM stock)
    """,
    "a paid order without its payment or its receipt": """
        SELECT id FROM orders WHERE status = 'paid' AND (
            id NOT IN (SELECT order_id FROM receipts)
            OR (SELECT sum(amount_minor) FROM payments
                WHERE order_id = orders.id AND status = 'succeeded') IS DISTINCT FROM total_minor)
    """,
    "money or a receipt for an order that is not paid": """
        SELECT id FROM orders WHERE status <> 'paid' AND (
            id IN (SELECT order_id FROM receipts)
            OR id IN (SELECT order_id FROM payments WHERE status = 'succeeded'))
    """,
}


@pytest.mark.parametrize("scenario", ["small", "typical"])
def test_a_scenario_fits_the_schema_and_keeps_the_rules(
    data: Data, database: Database, scenario: str
) -> None:
    """The migrated database has nothing against it, and what is checked is what is loaded."""
    checked = check(scenario, database, draw=data.draw, scenarios=Scenarios(SCENARIOS))
    assert rows_in(database.engine) == 0
    assert dict(data.load(scenario)) == dict(checked)
    assert rows_in(database.engine) > 0
    assert broken_in(database.engine) == {}


def test_pages_of_products_show_all_that_a_search_finds(data: Data, catalog: Catalog) -> None:
    """Sixty products in pages of seven: each once, newest first; withdrawn ones are among them."""
    data.load("typical")
    found = all_pages(lambda cursor: catalog.search(limit=7, cursor=cursor))
    assert (len(found), found) == (60, sorted(found, reverse=True))
    on_sale = all_pages(lambda cursor: catalog.search(active=True, limit=7, cursor=cursor))
    assert len(on_sale) == 54
    assert set(on_sale) < set(found)


def test_the_orders_of_all_customers_are_all_orders(data: Data, client: httpx.Client) -> None:
    """A hundred, over HTTP, and none in two customers' lists."""
    data.load("typical")
    orders = client.get("/orders", params={"limit": 100}).json()
    assert (len(orders["items"]), orders["next_cursor"]) == (100, None)
    customers = {order["customer_email"] for order in orders["items"]}
    assert 1 < len(customers) <= 25
    by_customer = [
        order["id"]
        for customer in customers
        for order in client.get(
            "/orders", params={"customer_email": customer, "limit": 100}
        ).json()["items"]
    ]
    assert sorted(by_customer) == sorted(order["id"] for order in orders["items"])


def all_pages(search: Callable[[str | None], Page[ProductView]]) -> list[str]:
    """The identifiers of all pages."""
    page = search(None)
    found = [item.id for item in page.items]
    while page.next_cursor is not None:
        page = search(page.next_cursor)
        found += [item.id for item in page.items]
    return found


def rows_in(engine: Engine) -> int:
    """How many products there are."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM products")) or 0)


def broken_in(engine: Engine) -> dict[str, list[str]]:
    """The rows that break a rule, by rule."""
    with engine.connect() as connection:
        found = {rule: list(connection.scalars(text(query))) for rule, query in BROKEN.items()}
    return {rule: rows for rule, rows in found.items() if rows}
