"""Fixtures of the integration tests: the service's parts over a real PostgreSQL and Valkey.

The tests' database is the fixture `database`: migrated, and without a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from faker import Faker

from belljar.config.plugin import settings_fixture
from belljar.databases import ValkeyServer
from belljar.databases.isolation import Database
from services.orders.app import create_app
from services.orders.caching import EnhancedCachingManager
from services.orders.catalog import Catalog
from services.orders.database import DatabaseManager
from services.orders.dependencies import Dependencies
from services.orders.fakes.emails import FakeEmails
from services.orders.fakes.payments import FakePayments
from services.orders.fakes.storage import FakeStorage
from services.orders.identifiers import IdentifierFactory, utc_now
from services.orders.money import Money
from services.orders.ordering import LineRequest, Ordering
from services.orders.tests.in_process import InProcessTransport
from services.orders.tests.settings import OrdersTestSettings
from services.orders.views import OrderView, ProductView

test_settings = settings_fixture(OrdersTestSettings)


@pytest.fixture
def cache(valkey: ValkeyServer) -> Iterator[EnhancedCachingManager]:
    """A cache that is empty."""
    valkey.flush()
    manager = EnhancedCachingManager.from_url(valkey.url)
    yield manager
    manager.close()


@pytest.fixture
def manager(database: Database, cache: EnhancedCachingManager) -> DatabaseManager:
    """The test's database, read through the cache."""
    return DatabaseManager(database.engine, cache)


@pytest.fixture
def client(manager: DatabaseManager, cache: EnhancedCachingManager) -> Iterator[httpx.Client]:
    """A client of the application over the test's database, with fakes outside of it and no socket."""
    dependencies = Dependencies(
        database=manager,
        cache=cache,
        payments=FakePayments(),
        storage=FakeStorage(),
        emails=FakeEmails(),
        identifiers=IdentifierFactory(),
        clock=utc_now,
    )
    transport = InProcessTransport(create_app(dependencies))
    with httpx.Client(transport=transport, base_url="http://orders") as client:
        yield client


@pytest.fixture
def catalog(manager: DatabaseManager) -> Catalog:
    """The catalog of this test."""
    return Catalog(manager, IdentifierFactory(), utc_now)


@pytest.fixture
def ordering(manager: DatabaseManager) -> Ordering:
    """The ordering of this test."""
    return Ordering(manager, IdentifierFactory(), utc_now)


@pytest.fixture
def product(catalog: Catalog) -> ProductView:
    """A product over 12.50 EUR with ten pieces in stock."""
    return catalog.create(sku="LAMP-1", name="Lamp", price=Money(1250, "EUR"), stock=10)


@pytest.fixture
def customer_email(faker: Faker) -> str:
    """The address of this test's customer."""
    email: str = faker.unique.reserved_email()
    return email


@pytest.fixture
def place(
    manager: DatabaseManager, ordering: Ordering, customer_email: str
) -> Callable[..., OrderView]:
    """A function that places an order in a transaction of its own: `place({product_id: 2})`."""

    def place(quantities: dict[str, int]) -> OrderView:
        lines = [LineRequest(product, quantity) for product, quantity in quantities.items()]
        with manager.transaction() as transaction:
            return ordering.place(transaction, customer_email, lines)

    return place
