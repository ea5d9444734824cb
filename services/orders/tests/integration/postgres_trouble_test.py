"""A PostgreSQL that loses answers, breaks connections or says nothing: nothing twice, nothing lost, no hang."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from belljar.databases.isolation import Database
from belljar.mocks.proxy import FaultProxy
from services.orders.caching import EnhancedCachingManager
from services.orders.catalog import Catalog
from services.orders.database import DatabaseConfig, DatabaseManager, Transaction
from services.orders.fakes.payments import FakePayments
from services.orders.idempotency import Answer, Idempotency
from services.orders.identifiers import IdentifierFactory, utc_now
from services.orders.models import Order, Payment
from services.orders.ordering import LineRequest, Ordering
from services.orders.paying import Paying
from services.orders.resilience.deadlines import begin
from services.orders.tests.integration.proxied import proxied_postgres
from services.orders.views import OrderView, ProductView

# Connections of their own: they are broken.
pytestmark = pytest.mark.database(isolation="template")

PATIENCE = 0.5
Place = Callable[[dict[str, int]], OrderView]


@pytest.fixture
def proxy_and_url(database: Database) -> Iterator[tuple[FaultProxy, str]]:
    """A proxy in front of the test's database, and its address."""
    with proxied_postgres(database.url) as found:
        yield found


@pytest.fixture
def proxy(proxy_and_url: tuple[FaultProxy, str]) -> FaultProxy:
    """The proxy."""
    return proxy_and_url[0]


@pytest.fixture
def troubled(proxy_and_url: tuple[FaultProxy, str]) -> Iterator[DatabaseManager]:
    """The test's database through the proxy, waited for half a second at most."""
    config = DatabaseConfig(proxy_and_url[1], timeout=PATIENCE)
    manager = DatabaseManager(config, EnhancedCachingManager(None))
    manager.ping()
    yield manager
    manager.close()


def place_by(troubled: DatabaseManager, product: ProductView) -> Answer:
    """The answer to an order of one piece with a key."""
    ordering = Ordering(troubled, IdentifierFactory(), utc_now)

    def work(transaction: Transaction) -> Answer:
        order = ordering.place(transaction, "ada@example.com", [LineRequest(product.id, 1)])
        return Answer(201, order.id)

    return Idempotency(troubled, utc_now).run("key", "f", work)


def count_orders(manager: DatabaseManager) -> int:
    """How many orders there are."""
    return manager.read(lambda session: session.scalar(select(func.count(Order.id)))) or 0


@pytest.mark.parametrize("commit", [1, 2], ids=["of the key", "of the order"])
@pytest.mark.parametrize("action", ["lose_answer", "drop", "error", "hang"])
@pytest.mark.parametrize("how", ["reset", "hang"])
def test_an_order_is_placed_once_whatever_becomes_of_a_commit(
    troubled: DatabaseManager,
    manager: DatabaseManager,
    proxy: FaultProxy,
    catalog: Catalog,
    product: ProductView,
    action: str,
    how: str,
    commit: int,
) -> None:
    """Done and not answered, not done, refused or never heard of: one order, one piece less."""
    with proxy.add("postgres", on="commit", action=action, how=how, skip=commit - 1, times=1) as it:
        answer = place_by(troubled, product)
        assert it.applied == 1
    assert (answer.status, answer.replayed) == (201, False)
    assert count_orders(manager) == 1
    assert catalog.get(product.id).available == 9
    assert place_by(troubled, product).body == answer.body


@pytest.mark.parametrize("action", ["lose_answer", "drop", "error", "hang"])
@pytest.mark.parametrize(
    "statement", ["UPDATE stock", "INSERT INTO orders", "UPDATE idempotency_records"]
)
def test_an_order_is_placed_once_whatever_becomes_of_a_statement(
    troubled: DatabaseManager,
    manager: DatabaseManager,
    proxy: FaultProxy,
    catalog: Catalog,
    product: ProductView,
    action: str,
    statement: str,
) -> None:
    """What was broken off was rolled back, and is done again."""
    with proxy.add("postgres", text=statement, action=action, times=1) as it:
        assert place_by(troubled, product).status == 201
        assert it.applied == 1
    assert count_orders(manager) == 1
    assert catalog.get(product.id).available == 9


@pytest.mark.parametrize("commit", [1, 2], ids=["of the open payment", "of the paid one"])
@pytest.mark.parametrize("action", ["lose_answer", "drop", "hang"])
def test_an_order_is_charged_once_whatever_becomes_of_a_commit(
    troubled: DatabaseManager,
    manager: DatabaseManager,
    proxy: FaultProxy,
    ordering: Ordering,
    place: Place,
    product: ProductView,
    action: str,
    commit: int,
) -> None:
    """The customer gets the payment with the first request."""
    order = place({product.id: 1})
    payments = FakePayments()
    paying = Paying(troubled, payments, IdentifierFactory(), utc_now)
    with proxy.add("postgres", on="commit", action=action, skip=commit - 1, times=1) as it:
        paying.pay(order.id, "pm_card_visa")
        assert it.applied == 1
    assert (len(payments.charges), ordering.get(order.id).status) == (1, "paid")
    count = select(func.count(Payment.id))
    assert manager.read(lambda session: session.scalar(count)) == 1


def test_a_product_is_created_once_though_the_answer_to_the_commit_was_lost(
    troubled: DatabaseManager, proxy: FaultProxy
) -> None:
    """Its own SKU is not in its way."""
    from services.orders.money import Money

    catalog = Catalog(troubled, IdentifierFactory(), utc_now)
    with proxy.add("postgres", on="commit", action="lose_answer", times=1):
        created = catalog.create(sku="NEW", name="New", price=Money(1, "EUR"), stock=1)
    assert catalog.get(created.id) == created


def test_a_read_is_done_again_on_another_connection(
    troubled: DatabaseManager, proxy: FaultProxy, place: Place, product: ProductView
) -> None:
    """All those that were open are gone."""
    order = place({product.id: 1})
    ordering = Ordering(troubled, IdentifierFactory(), utc_now)
    assert ordering.get(order.id) == order
    proxy.reset_connections()
    assert ordering.get(order.id) == order


def test_a_silent_server_is_given_up_soon(
    troubled: DatabaseManager, proxy: FaultProxy, product: ProductView
) -> None:
    """It hears us and never answers: the request ends with its deadline, and says why."""
    ordering = Ordering(troubled, IdentifierFactory(), utc_now)
    started = time.monotonic()
    with (
        proxy.add("bandwidth", rate=0),
        begin(2.0),
        pytest.raises(OperationalError, match=r"no answer|no connection|time for this request"),
    ):
        ordering.get("ord_1")
    assert 0.4 < time.monotonic() - started < 2.5


def test_a_server_that_never_completes_a_connection_is_given_up_soon(
    proxy_and_url: tuple[FaultProxy, str],
) -> None:
    """Sooner than the two seconds that are the least that the driver can be told."""
    proxy, url = proxy_and_url
    manager = DatabaseManager(DatabaseConfig(url, timeout=0.3), EnhancedCachingManager(None))
    started = time.monotonic()
    with proxy.add("bandwidth", rate=0), begin(1.0), pytest.raises(OperationalError):
        manager.ping()
    assert time.monotonic() - started < 1.5
    manager.close()


def test_a_server_that_sends_an_answer_byte_by_byte_is_given_up_soon(
    troubled: DatabaseManager, proxy: FaultProxy
) -> None:
    """Each wait is short, all of them together would be endless."""
    started = time.monotonic()
    with (
        proxy.add("slicer", average_size=1, size_variation=0, delay=100_000),
        begin(1.0),
        pytest.raises(OperationalError),
    ):
        troubled.ping()
    assert time.monotonic() - started < 1.5


def test_a_conflict_between_transactions_is_done_again(
    troubled: DatabaseManager, proxy: FaultProxy, product: ProductView
) -> None:
    """A serialization failure or a deadlock: the loser begins anew, twice if it has to."""
    for sqlstate in ("40001", "40P01"):
        catalog = Catalog(troubled, IdentifierFactory(), utc_now)
        with proxy.add(
            "postgres", text="UPDATE stock", action="error", sqlstate=sqlstate, times=2
        ) as it:
            catalog.adjust_stock(product.id, 1)
            assert it.applied == 2
    assert Catalog(troubled, IdentifierFactory(), utc_now).get(product.id).available == 12


def test_a_refusal_of_the_database_is_no_passing_trouble(
    troubled: DatabaseManager, proxy: FaultProxy, product: ProductView
) -> None:
    """A full disk is not less full the next moment."""
    catalog = Catalog(troubled, IdentifierFactory(), utc_now)
    with (
        proxy.add("postgres", text="UPDATE stock", action="error", sqlstate="53100") as it,
        pytest.raises(OperationalError),
    ):
        catalog.adjust_stock(product.id, 1)
    del it
    assert catalog.get(product.id).available == 10
