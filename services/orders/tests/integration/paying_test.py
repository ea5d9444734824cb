"""Payment under concurrency, on a real PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from belljar.data.data import Data
from belljar.data.errors import DataError
from belljar.databases.isolation import Database
from services.orders.database import DatabaseManager
from services.orders.fakes.payments import FakePayments
from services.orders.identifiers import IdentifierFactory, utc_now
from services.orders.ordering import Ordering
from services.orders.paying import Paying
from services.orders.problems import InProgress, WrongOrderState
from services.orders.tests.factories import OrderFactory, PaymentFactory
from services.orders.views import OrderView, ProductView

# From the start: threads that do not meet would share one connection, and prove nothing.
real_connections = pytest.mark.database(isolation="template")

THREADS = 8
Place = Callable[[dict[str, int]], OrderView]


@real_connections
def test_an_order_is_charged_once_however_many_pay_it(
    manager: DatabaseManager, ordering: Ordering, place: Place, product: ProductView
) -> None:
    """One charge; everybody else sees the payment, or that it is in progress."""
    payments = FakePayments()
    paying = Paying(manager, payments, IdentifierFactory(), utc_now)
    order = place({product.id: 1})
    barrier = threading.Barrier(THREADS)

    def pay(_: int) -> str:
        barrier.wait(timeout=30)
        try:
            return paying.pay(order.id, "pm_card_visa").reference
        except InProgress:
            return "in progress"

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = Counter(pool.map(pay, range(THREADS)))

    assert len(payments.charges) == 1
    assert outcomes.keys() <= {"pi_fake_000000", "in progress"}
    assert ordering.get(order.id).status == "paid"


@real_connections
def test_an_order_is_either_paid_or_cancelled(
    manager: DatabaseManager, ordering: Ordering, place: Place, product: ProductView
) -> None:
    """Both at the same moment: one of them wins, and money moves only if it is the payment."""
    payments = FakePayments()
    paying = Paying(manager, payments, IdentifierFactory(), utc_now)
    for _ in range(5):
        payments.charges.clear()
        order = place({product.id: 1})
        barrier = threading.Barrier(2)

        def refused(step: Callable[[], object], barrier: threading.Barrier = barrier) -> bool:
            barrier.wait(timeout=30)
            try:
                step()
            except WrongOrderState:
                return True
            return False

        with ThreadPoolExecutor(2) as pool:
            not_paid = pool.submit(refused, partial(paying.pay, order.id, "pm_card_visa"))
            not_cancelled = pool.submit(refused, partial(ordering.cancel, order.id))
            assert not_paid.result(30) != not_cancelled.result(30)
        expected = "cancelled" if not_paid.result() else "paid"
        assert ordering.get(order.id).status == expected
        assert len(payments.charges) == (expected == "paid")


def test_the_database_itself_refuses_a_second_live_payment(data: Data, database: Database) -> None:
    """A bug in the code could not charge twice either; failed attempts do not count."""
    order = data.create(OrderFactory)
    for status in ("failed", "failed", "succeeded"):
        data.create(PaymentFactory, order=order, status=status)
    with pytest.raises(DataError, match="uq_payments_live_order_id"):
        data.create(PaymentFactory, order=order, status="open", reference=None)
