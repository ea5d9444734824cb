"""Fixtures of the integration tests: the service's parts over a real PostgreSQL and Valkey.

Each test has a database of its own, which its fixture migrates from nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from belljar.databases import Postgres, ValkeyServer
from services.orders import migrate
from services.orders.caching import EnhancedCachingManager
from services.orders.catalog import Catalog
from services.orders.database import DatabaseConfig, DatabaseManager
from services.orders.identifiers import IdentifierFactory, utc_now
from services.orders.money import Money
from services.orders.ordering import LineRequest, Ordering
from services.orders.views import OrderView, ProductView


@pytest.fixture
def empty_database_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a new database without any table."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def cache(valkey: ValkeyServer) -> Iterator[EnhancedCachingManager]:
    """A cache that is empty."""
    valkey.flush()
    manager = EnhancedCachingManager.from_url(valkey.url)
    yield manager
    manager.close()


@pytest.fixture
def database(empty_database_url: str, cache: EnhancedCachingManager) -> Iterator[DatabaseManager]:
    """A migrated database, read through the cache."""
    manager = DatabaseManager(DatabaseConfig(empty_database_url), cache)
    migrate.upgrade(manager.engine)
    yield manager
    manager.close()


@pytest.fixture
def catalog(database: DatabaseManager) -> Catalog:
    """The catalog of this test."""
    return Catalog(database, IdentifierFactory(), utc_now)


@pytest.fixture
def ordering(database: DatabaseManager) -> Ordering:
    """The ordering of this test."""
    return Ordering(database, IdentifierFactory(), utc_now)


@pytest.fixture
def product(catalog: Catalog) -> ProductView:
    """A product over 12.50 EUR with ten pieces in stock."""
    return catalog.create(sku="LAMP-1", name="Lamp", price=Money(1250, "EUR"), stock=10)


@pytest.fixture
def place(database: DatabaseManager, ordering: Ordering) -> Callable[..., OrderView]:
    """A function that places an order in a transaction of its own: `place({product_id: 2})`."""

    def place(quantities: dict[str, int]) -> OrderView:
        lines = [LineRequest(product, quantity) for product, quantity in quantities.items()]
        with database.transaction() as transaction:
            return ordering.place(transaction, "ada@example.com", lines)

    return place
