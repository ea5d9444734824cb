"""The cache in front of the database: a real Valkey, a real PostgreSQL, two processes' worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import event

from belljar.databases import ValkeyServer
from belljar.databases.isolation import Database
from services.orders.caching import EnhancedCachingManager
from services.orders.catalog import Catalog
from services.orders.database import DatabaseManager
from services.orders.identifiers import IdentifierFactory, utc_now
from services.orders.ordering import Ordering
from services.orders.views import OrderView, ProductView

Place = Callable[[dict[str, int]], OrderView]


@pytest.fixture
def queries(manager: DatabaseManager) -> Iterator[list[str]]:
    """Every statement that is sent to the database from now on."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(manager.engine, "before_cursor_execute", note)
    yield seen
    event.remove(manager.engine, "before_cursor_execute", note)


def test_a_product_is_read_from_the_database_once(
    catalog: Catalog, product: ProductView, queries: list[str]
) -> None:
    """The second read does not reach it."""
    catalog.get(product.id)
    first = len(queries)
    assert catalog.get(product.id) == product
    assert (first, len(queries)) == (1, 1)


@pytest.mark.parametrize("change", ["rename", "adjust", "order", "cancel"])
def test_every_change_is_seen_by_the_next_read(
    catalog: Catalog, ordering: Ordering, place: Place, product: ProductView, change: str
) -> None:
    """Whatever changes a product makes its cached copy go."""
    order = place({product.id: 1})
    before = catalog.get(product.id)
    assert before.available == 9
    if change == "rename":
        catalog.update(product.id, name="Lantern")
        assert catalog.get(product.id).name == "Lantern"
    elif change == "adjust":
        catalog.adjust_stock(product.id, 5)
        assert catalog.get(product.id).available == 14
    elif change == "order":
        place({product.id: 2})
        assert catalog.get(product.id).available == 7
    else:
        ordering.cancel(order.id)
        assert catalog.get(product.id).available == 10


def test_a_change_in_one_process_is_seen_in_another(
    catalog: Catalog, product: ProductView, database: Database, valkey: ValkeyServer
) -> None:
    """They share the cache, not the memory."""
    cache = EnhancedCachingManager.from_url(valkey.url)
    other = Catalog(DatabaseManager(database.engine, cache), IdentifierFactory(), utc_now)
    try:
        assert other.get(product.id).name == "Lamp"
        catalog.update(product.id, name="Lantern")
        assert other.get(product.id).name == "Lantern"
    finally:
        cache.close()


def test_a_slow_reader_does_not_bring_back_what_was_changed_meanwhile(
    cache: EnhancedCachingManager,
) -> None:
    """It loaded the old value before the change, and must not store it after."""

    def load_slowly() -> str:
        cache.invalidate("k")
        return "old"

    assert cache.get_or_load("k", load_slowly) == "old"
    assert cache.get_or_load("k", lambda: "new") == "new"
    assert cache.get_or_load("k", lambda: pytest.fail("not cached")) == "new"


def test_a_cached_value_has_an_end(cache: EnhancedCachingManager, valkey: ValkeyServer) -> None:
    """Nothing stays for ever, generations neither."""
    import valkey as client_library

    cache.invalidate("k")
    cache.get_or_load("k", lambda: "value")
    with client_library.Valkey.from_url(valkey.url, decode_responses=True) as client:
        lifetimes = {key: client.ttl(key) for key in client.scan_iter("orders:*")}
    assert set(lifetimes) == {"orders:k", "orders:generation:k"}
    assert 0 < lifetimes["orders:k"] <= 30
    assert 0 < lifetimes["orders:generation:k"] <= 3600


def test_without_its_cache_the_service_goes_on(database: Database, product: ProductView) -> None:
    """Reads and writes reach the database, and the state says so."""
    gone = EnhancedCachingManager.from_url("unix:///nonexistent/valkey.sock")
    other = Catalog(DatabaseManager(database.engine, gone), IdentifierFactory(), utc_now)
    try:
        assert other.get(product.id) == product
        other.update(product.id, name="Lantern")
        assert other.get(product.id).name == "Lantern"
        assert gone.state() == "degraded"
    finally:
        gone.close()
