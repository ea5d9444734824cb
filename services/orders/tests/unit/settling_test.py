"""Open payments are settled: asked for again with the same key, less often the older they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.orders.database import DatabaseManager
from services.orders.fakes.payments import FakePayments
from services.orders.identifiers import IdentifierFactory
from services.orders.ordering import Ordering
from services.orders.paying import Paying
from services.orders.problems import Unavailable
from services.orders.settling import Settling
from services.orders.tests.unit.conftest import TestClock
from services.orders.views import OrderView, ProductView

LEASE = timedelta(seconds=4)


@pytest.fixture
def paying(
    database: DatabaseManager,
    fake_payments: FakePayments,
    identifiers: IdentifierFactory,
    ticking_clock: TestClock,
) -> Paying:
    """The paying of this test."""
    return Paying(database, fake_payments, identifiers, ticking_clock, lease=LEASE)


@pytest.fixture
def settling(database: DatabaseManager, paying: Paying, ticking_clock: TestClock) -> Settling:
    """What settles its payments."""
    return Settling(database, paying, ticking_clock, LEASE)


@pytest.fixture
def order(place: Callable[..., OrderView], product: ProductView) -> OrderView:
    """An unpaid order."""
    return place(product.id, 2)


def die_while_paying(
    database: DatabaseManager, paying: Paying, order: OrderView, method: str = "pm_card_visa"
) -> None:
    """Leave an order as a process does that dies before it has an answer."""
    database.run(lambda transaction: paying._open(transaction.session, order.id, method))


def test_the_payment_of_a_dead_process_is_settled_after_its_lease(
    settling: Settling,
    database: DatabaseManager,
    paying: Paying,
    fake_payments: FakePayments,
    ordering: Ordering,
    order: OrderView,
    ticking_clock: TestClock,
) -> None:
    """And not before: it may be alive."""
    die_while_paying(database, paying, order)
    assert settling.settle_open() == 0
    ticking_clock.advance(seconds=5)
    assert settling.settle_open() == 1
    assert (ordering.get(order.id).status, len(fake_payments.charges)) == ("paid", 1)
    assert settling.due() is None


def test_a_charge_whose_answer_was_lost_is_found_and_not_made_again(
    settling: Settling,
    paying: Paying,
    fake_payments: FakePayments,
    ordering: Ordering,
    order: OrderView,
    ticking_clock: TestClock,
) -> None:
    """The customer never came back."""
    fake_payments.lose_answers = True
    with pytest.raises(Unavailable):
        paying.pay(order.id, "pm_card_visa")
    fake_payments.lose_answers = False
    ticking_clock.advance(seconds=1)
    assert settling.settle_open() == 1
    assert (ordering.get(order.id).status, len(fake_payments.charges)) == ("paid", 1)


def test_a_declined_one_is_settled_too(
    settling: Settling,
    database: DatabaseManager,
    paying: Paying,
    ordering: Ordering,
    order: OrderView,
    ticking_clock: TestClock,
) -> None:
    """The order can be paid otherwise, or cancelled."""
    die_while_paying(database, paying, order, "pm_card_chargeDeclined")
    ticking_clock.advance(seconds=5)
    assert settling.settle_open() == 1
    assert ordering.get(order.id).status == "pending"


def test_a_payment_service_that_stays_down_is_asked_less_and_less_often(
    settling: Settling,
    database: DatabaseManager,
    paying: Paying,
    fake_payments: FakePayments,
    order: OrderView,
    ticking_clock: TestClock,
) -> None:
    """Half the payment's age is the pause, ten minutes at most."""
    die_while_paying(database, paying, order)
    fake_payments.available = False
    pauses = []
    for _ in range(25):
        due = settling.due()
        assert due is not None
        pauses.append((due - ticking_clock.now).total_seconds())
        ticking_clock.now = due
        assert settling.settle_open() == 0
        # Not before its time, though it would go well now.
        fake_payments.available = True
        assert settling.settle_open() == 0
        fake_payments.available = False
    assert pauses[1:] == sorted(pauses[1:])
    assert pauses[1] == pytest.approx(0.5, abs=0.1)
    assert pauses[-1] == pytest.approx(600, abs=0.1)
