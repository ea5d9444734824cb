"""Stock under concurrency: real threads, real connections, a real PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from services.orders.catalog import Catalog
from services.orders.database import DatabaseManager
from services.orders.money import Money
from services.orders.ordering import LineRequest, Ordering
from services.orders.problems import OutOfStock
from services.orders.views import OrderView, ProductView

# Real connections from the start: threads that do not meet would share one, and prove nothing.
pytestmark = pytest.mark.database(isolation="template")

THREADS = 8
Place = Callable[[dict[str, int]], OrderView]


def at_once(work: Callable[[int], str]) -> Counter[str]:
    """How often each outcome happened when all threads did the work at the same moment."""
    barrier = threading.Barrier(THREADS)

    def start(number: int) -> str:
        barrier.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return Counter(pool.map(start, range(THREADS)))


@pytest.mark.parametrize("pieces", [3, 7])
def test_no_piece_is_sold_twice(
    catalog: Catalog, place: Place, product: ProductView, pieces: int
) -> None:
    """Eight buyers, fewer pieces: as many orders as pieces, and none are left."""
    catalog.adjust_stock(product.id, pieces - product.available)

    def buy(_: int) -> str:
        try:
            place({product.id: 1})
        except OutOfStock:
            return "out of stock"
        return "bought"

    assert at_once(buy) == {"bought": pieces, "out of stock": THREADS - pieces}
    assert catalog.get(product.id).available == 0


def test_the_last_piece_waits_for_the_transaction_that_has_taken_it(
    catalog: Catalog, manager: DatabaseManager, ordering: Ordering, product: ProductView
) -> None:
    """Rolled back, it goes to the one who waited."""
    catalog.adjust_stock(product.id, 1 - product.available)
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(LookupError), manager.transaction() as first:
            ordering.place(first, "ada@example.com", [line(product)])
            second = pool.submit(lambda: place_one(manager, ordering, product))
            wait_for_a_lock(manager)
            raise LookupError("the first buyer changes their mind")
        assert second.result(timeout=30).status == "pending"
    assert catalog.get(product.id).available == 0


def test_orders_for_the_same_products_in_opposite_order_do_not_deadlock(
    catalog: Catalog, place: Place
) -> None:
    """Rows are locked in one order, whatever the order of the lines."""
    ids = [
        catalog.create(sku=f"S{number}", name="x", price=Money(1, "EUR"), stock=1000).id
        for number in range(6)
    ]

    def buy(number: int) -> str:
        for _ in range(5):
            place(dict.fromkeys(ids[:: 1 if number % 2 else -1], 1))
        return "bought"

    assert at_once(buy) == {"bought": THREADS}
    assert {catalog.get(identifier).available for identifier in ids} == {1000 - 5 * THREADS}


def test_an_order_is_cancelled_once(
    catalog: Catalog, ordering: Ordering, place: Place, product: ProductView
) -> None:
    """Its pieces come back once, however many cancel it at the same moment."""
    order = place({product.id: 4})
    assert at_once(lambda _: ordering.cancel(order.id).status) == {"cancelled": THREADS}
    assert catalog.get(product.id).available == 10


def line(product: ProductView) -> LineRequest:
    """One piece."""
    return LineRequest(product.id, 1)


def place_one(manager: DatabaseManager, ordering: Ordering, product: ProductView) -> OrderView:
    """An order for one piece."""
    with manager.transaction() as transaction:
        return ordering.place(transaction, "bob@example.com", [line(product)])


def wait_for_a_lock(manager: DatabaseManager) -> None:
    """Return as soon as some connection of this database waits for another's lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    deadline = threading.Event()
    for _ in range(1000):
        with manager.engine.connect() as connection:
            if connection.scalar(query):
                return
        deadline.wait(0.01)
    pytest.fail("nobody waited for a lock within ten seconds")
