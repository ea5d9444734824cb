"""An order is paid once, whatever the payment service does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pytest_mock import MockerFixture

from services.orders.catalog import Catalog
from services.orders.database import DatabaseManager
from services.orders.fakes.payments import FakePayments
from services.orders.identifiers import Clock, IdentifierFactory
from services.orders.money import Money
from services.orders.ordering import Ordering
from services.orders.outside.payments import Charge, Payments
from services.orders.paying import Paying
from services.orders.problems import (
    InProgress,
    NotFound,
    PaymentDeclined,
    Unavailable,
    WrongOrderState,
)
from services.orders.views import OrderView, ProductView


@pytest.fixture
def paying(
    database: DatabaseManager,
    fake_payments: FakePayments,
    identifiers: IdentifierFactory,
    ticking_clock: Clock,
) -> Paying:
    """The paying of this test, over its fake payment service."""
    return Paying(database, fake_payments, identifiers, ticking_clock)


@pytest.fixture
def order(place: Callable[..., OrderView], product: ProductView) -> OrderView:
    """An unpaid order over 25.00 EUR."""
    return place(product.id, 2)


def test_paying_charges_the_total_and_marks_the_order_paid(
    paying: Paying, fake_payments: FakePayments, ordering: Ordering, order: OrderView
) -> None:
    """One charge, over exactly the order's total."""
    payment = paying.pay(order.id, "pm_card_visa")
    (charge,) = fake_payments.charges
    assert (charge.amount, charge.order_id) == (Money(2500, "EUR"), order.id)
    assert payment.reference == "pi_fake_000000"
    assert ordering.get(order.id).status == "paid"


def test_paying_twice_charges_once(
    paying: Paying, fake_payments: FakePayments, order: OrderView
) -> None:
    """The second request returns the first one's payment."""
    assert paying.pay(order.id, "pm_card_visa") == paying.pay(order.id, "pm_card_visa")
    assert len(fake_payments.charges) == 1


def test_a_declined_order_can_be_paid_otherwise(
    paying: Paying, fake_payments: FakePayments, ordering: Ordering, order: OrderView
) -> None:
    """The decline is final for the method, not for the order."""
    with pytest.raises(PaymentDeclined) as caught:
        paying.pay(order.id, "pm_card_chargeDeclinedInsufficientFunds")
    assert caught.value.members["decline_code"] == "insufficient_funds"
    assert ordering.get(order.id).status == "pending"
    paying.pay(order.id, "pm_card_visa")
    assert len(fake_payments.charges) == 1


def test_a_lost_answer_does_not_charge_twice(
    paying: Paying, fake_payments: FakePayments, order: OrderView
) -> None:
    """The money was taken, the answer was not seen: the retry finds the same charge."""
    fake_payments.lose_answers = True
    with pytest.raises(Unavailable, match="not settled"):
        paying.pay(order.id, "pm_card_visa")
    fake_payments.lose_answers = False
    assert paying.pay(order.id, "pm_card_visa").reference == "pi_fake_000000"
    assert len(fake_payments.charges) == 1


def test_an_unsettled_order_can_be_neither_cancelled_nor_paid_by_other_means(
    paying: Paying, fake_payments: FakePayments, ordering: Ordering, order: OrderView
) -> None:
    """As long as money may have moved, only the same request goes on."""
    fake_payments.lose_answers = True
    with pytest.raises(Unavailable):
        paying.pay(order.id, "pm_card_visa")
    with pytest.raises(WrongOrderState, match="paying"):
        ordering.cancel(order.id)
    with pytest.raises(WrongOrderState, match="'pm_card_visa' is not settled"):
        paying.pay(order.id, "pm_card_mastercard")


def test_a_second_payer_meanwhile_is_told_to_come_back(
    database: DatabaseManager,
    identifiers: IdentifierFactory,
    ticking_clock: Clock,
    mocker: MockerFixture,
    order: OrderView,
) -> None:
    """Only one request at a time asks the payment service."""
    service = mocker.Mock(spec=Payments)
    paying = Paying(database, service, identifiers, ticking_clock)

    def charge(*_: object, **__: object) -> Charge:
        with pytest.raises(InProgress):
            paying.pay(order.id, "pm_card_visa")
        return Charge("pi_1")

    service.charge.side_effect = charge
    assert paying.pay(order.id, "pm_card_visa").reference == "pi_1"
    assert service.charge.call_count == 1


def test_the_payment_of_a_dead_process_is_taken_over_with_its_key(
    database: DatabaseManager,
    fake_payments: FakePayments,
    identifiers: IdentifierFactory,
    ticking_clock: Clock,
    order: OrderView,
) -> None:
    """After the lease the next request asks with the key that the dead one used."""
    died = Paying(database, fake_payments, identifiers, ticking_clock)
    key = database.run(lambda work: died._open(work.session, order.id, "pm_card_visa")).id
    later = Paying(
        database, fake_payments, identifiers, lambda: ticking_clock() + timedelta(seconds=61)
    )
    later.pay(order.id, "pm_card_visa")
    assert [charge.key for charge in fake_payments.charges] == [key]


def test_an_order_free_of_charge_is_paid_without_the_payment_service(
    paying: Paying,
    fake_payments: FakePayments,
    catalog: Catalog,
    ordering: Ordering,
    place: Callable[..., OrderView],
) -> None:
    """Payment services refuse to charge nothing."""
    gift = catalog.create(sku="GIFT", name="Gift", price=Money(0, "EUR"), stock=1)
    order = place(gift.id)
    assert paying.pay(order.id, "pm_card_visa").reference == "free of charge"
    assert ordering.get(order.id).status == "paid"
    assert fake_payments.charges == []


def test_a_cancelled_order_cannot_be_paid(
    paying: Paying, fake_payments: FakePayments, ordering: Ordering, order: OrderView
) -> None:
    """And no money is taken for it."""
    ordering.cancel(order.id)
    with pytest.raises(WrongOrderState, match="cancelled"):
        paying.pay(order.id, "pm_card_visa")
    assert fake_payments.charges == []


def test_an_unknown_order_cannot_be_paid(paying: Paying) -> None:
    """The identifier is in the message."""
    with pytest.raises(NotFound, match="ord_none"):
        paying.pay("ord_none", "pm_card_visa")
