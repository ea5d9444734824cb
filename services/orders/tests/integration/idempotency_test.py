"""Idempotency keys under concurrency, on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from services.orders.catalog import Catalog
from services.orders.database import DatabaseManager, Transaction
from services.orders.idempotency import Answer, Idempotency
from services.orders.identifiers import utc_now
from services.orders.models import Order
from services.orders.ordering import LineRequest, Ordering
from services.orders.problems import InProgress
from services.orders.views import ProductView

# From the start: threads that do not meet would share one connection, and prove nothing.
real_connections = pytest.mark.database(isolation="template")

THREADS = 8


@real_connections
def test_the_same_key_at_the_same_moment_places_one_order(
    manager: DatabaseManager, catalog: Catalog, ordering: Ordering, product: ProductView
) -> None:
    """One works; the others get its answer, or are told to come back."""
    idempotency = Idempotency(manager, utc_now)
    barrier = threading.Barrier(THREADS)

    def work(transaction: Transaction) -> Answer:
        order = ordering.place(transaction, "ada@example.com", [LineRequest(product.id, 1)])
        return Answer(201, order.id)

    def request(_: int) -> str:
        barrier.wait(timeout=30)
        try:
            return idempotency.run("key", "f", work).body
        except InProgress:
            return "in progress"

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = Counter(pool.map(request, range(THREADS)))

    (order_id,) = outcomes.keys() - {"in progress"}
    assert idempotency.run("key", "f", work).body == order_id
    with manager.transaction() as transaction:
        assert transaction.session.scalar(select(func.count()).select_from(Order)) == 1
    assert catalog.get(product.id).available == 9


def test_effect_and_answer_are_committed_together(
    manager: DatabaseManager, catalog: Catalog, ordering: Ordering, product: ProductView
) -> None:
    """While the work runs, another connection sees neither; afterwards it sees both."""
    idempotency = Idempotency(manager, utc_now)

    def work(transaction: Transaction) -> Answer:
        order = ordering.place(transaction, "ada@example.com", [LineRequest(product.id, 1)])
        assert len(ordering.search().items) == 0
        return Answer(201, order.id)

    answer = idempotency.run("key", "f", work)
    assert [order.id for order in ordering.search().items] == [answer.body]
    assert idempotency.run("key", "f", work).replayed
