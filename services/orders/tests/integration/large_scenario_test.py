"""The service over the scenario `large`: what a number of rows would make slow, if an index were missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from belljar.databases import PostgresTemplate
from belljar.databases.isolation import Database
from services.orders.ordering import Ordering
from services.orders.pagination import Page, encode_cursor
from services.orders.views import OrderView

# Of ten thousand; a page is a hundred at most.
FEW = 250

# It counts what one transaction looks at, and so does PostgreSQL.
pytestmark = pytest.mark.database(isolation="rollback")


@pytest.fixture(scope="session")
def database_template() -> PostgresTemplate:
    """Under plain pytest, what `:orders_large_db` is under Bazel."""
    orders = Path(__file__).parents[2]
    return PostgresTemplate.build(
        migrations=orders / "migrations", seed=orders / "scenarios" / "large.py"
    )


def looked_at(database: Database, search: Callable[[], Page[OrderView]]) -> int:
    """How many rows of orders PostgreSQL looked at for a page."""
    query = text("""
        SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'orders'
    """)
    with database.engine.connect() as connection:
        before = connection.execute(query).scalar_one()
        assert search().items
        return int(connection.execute(query).scalar_one() - before)


def test_no_listing_looks_at_all_orders(database: Database, ordering: Ordering) -> None:
    """Each walks along an index: of a customer, of a status, and however far from the beginning."""
    with database.engine.begin() as connection:
        connection.execute(text("ANALYZE orders"))
        oldest = connection.scalars(text("SELECT id FROM orders ORDER BY id LIMIT 10")).all()
    customer = ordering.search(limit=1).items[0].customer_email
    last = encode_cursor(oldest[-1], {"customer_email": None, "status": None, "kind": "orders"})
    assert looked_at(database, lambda: ordering.search(customer_email=customer)) < FEW
    assert looked_at(database, lambda: ordering.search(status="cancelled")) < FEW
    assert looked_at(database, lambda: ordering.search(limit=100)) < FEW
    assert looked_at(database, lambda: ordering.search(cursor=last)) < FEW
