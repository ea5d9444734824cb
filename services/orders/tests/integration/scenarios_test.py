"""Every scenario fits the migrated schema and keeps the service's rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from belljar.data.data import Data
from belljar.data.scenarios import Scenarios, check
from belljar.databases.isolation import Database

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


def rows_in(engine: Engine) -> int:
    """How many products there are."""
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT count(*) FROM products")) or 0)


def broken_in(engine: Engine) -> dict[str, list[str]]:
    """The rows that break a rule, by rule."""
    with engine.connect() as connection:
        found = {rule: list(connection.scalars(text(query))) for rule, query in BROKEN.items()}
    return {rule: rows for rule, rows in found.items() if rows}
