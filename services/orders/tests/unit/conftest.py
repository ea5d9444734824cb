"""Fixtures of the unit tests: the whole service over SQLite in memory and fakes, with no socket.

Each test gets its own; nothing is shared, so nothing has to be cleaned up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from belljar.config.plugin import settings_fixture
from services.orders.app import create_app
from services.orders.caching import EnhancedCachingManager
from services.orders.catalog import Catalog
from services.orders.database import DatabaseConfig, DatabaseManager
from services.orders.dependencies import Dependencies
from services.orders.fakes.emails import FakeEmails
from services.orders.fakes.payments import FakePayments
from services.orders.fakes.storage import FakeStorage
from services.orders.identifiers import IdentifierFactory
from services.orders.models import Base
from services.orders.money import Money
from services.orders.ordering import LineRequest, Ordering
from services.orders.tests.in_process import InProcessTransport
from services.orders.tests.settings import OrdersTestSettings
from services.orders.views import OrderView, ProductView

test_settings = settings_fixture(OrdersTestSettings)


class TestClock:
    """A clock that only moves when it is told to, or by a millisecond with each look."""

    __test__ = False

    def __init__(self) -> None:
        """Begin at a fixed point in time."""
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The present time; each look is later than the one before."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def advance(self, **units: float) -> None:
        """Let time pass, in the units of `timedelta`."""
        self.now += timedelta(**units)


@pytest.fixture
def ticking_clock() -> TestClock:
    """A clock under the test's control."""
    return TestClock()


@pytest.fixture
def identifiers(ticking_clock: TestClock) -> IdentifierFactory:
    """Identifiers that are the same in every run."""
    return IdentifierFactory(ticking_clock, random_bits=lambda bits: bits)


@pytest.fixture
def database() -> Iterator[DatabaseManager]:
    """An empty database in memory, without a cache."""
    manager = DatabaseManager(DatabaseConfig("sqlite://"), EnhancedCachingManager(None))
    Base.metadata.create_all(manager.engine)
    yield manager
    manager.close()


@pytest.fixture
def fake_payments() -> FakePayments:
    """The payment service of this test."""
    return FakePayments()


@pytest.fixture
def fake_storage() -> FakeStorage:
    """The object storage of this test."""
    return FakeStorage()


@pytest.fixture
def fake_emails() -> FakeEmails:
    """The mail service of this test."""
    return FakeEmails()


@pytest.fixture
def dependencies(
    database: DatabaseManager,
    fake_payments: FakePayments,
    fake_storage: FakeStorage,
    fake_emails: FakeEmails,
    identifiers: IdentifierFactory,
    ticking_clock: TestClock,
) -> Dependencies:
    """Everything that the application needs."""
    return Dependencies(
        database=database,
        cache=EnhancedCachingManager(None),
        payments=fake_payments,
        storage=fake_storage,
        emails=fake_emails,
        identifiers=identifiers,
        clock=ticking_clock,
    )


@pytest.fixture
def client(dependencies: Dependencies) -> Iterator[httpx.Client]:
    """An HTTP client of the application."""
    transport = InProcessTransport(create_app(dependencies))
    with httpx.Client(transport=transport, base_url="http://orders") as client:
        yield client


@pytest.fixture
def owing_client(dependencies: Dependencies) -> Iterator[httpx.Client]:
    """A client of the application that leaves receipts to the outbox, over the same data."""
    transport = InProcessTransport(create_app(dependencies, deliver_at_once=False))
    with httpx.Client(transport=transport, base_url="http://orders") as client:
        yield client


@pytest.fixture
def catalog(
    database: DatabaseManager, identifiers: IdentifierFactory, ticking_clock: TestClock
) -> Catalog:
    """The catalog of this test."""
    return Catalog(database, identifiers, ticking_clock)


@pytest.fixture
def ordering(
    database: DatabaseManager, identifiers: IdentifierFactory, ticking_clock: TestClock
) -> Ordering:
    """The ordering of this test."""
    return Ordering(database, identifiers, ticking_clock)


@pytest.fixture
def product(catalog: Catalog) -> ProductView:
    """A product over 12.50 EUR with ten pieces in stock."""
    return catalog.create(sku="LAMP-1", name="Lamp", price=Money(1250, "EUR"), stock=10)


@pytest.fixture
def place(database: DatabaseManager, ordering: Ordering) -> Callable[..., OrderView]:
    """A function that places an order: `place(product_id, quantity)`."""

    def place(
        product_id: str, quantity: int = 1, customer_email: str = "ada@example.com"
    ) -> OrderView:
        with database.transaction() as transaction:
            return ordering.place(transaction, customer_email, [LineRequest(product_id, quantity)])

    return place
