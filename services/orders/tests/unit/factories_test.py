"""What the factories make is what the service would have made."""

from __future__ import annotations

from typing import Any

import pytest

from belljar.data.data import Data
from belljar.data.factory import Factory
from services.orders.catalog import Catalog
from services.orders.database import DatabaseManager
from services.orders.ordering import Ordering
from services.orders.tests.factories import (
    IdempotencyRecordFactory,
    OrderFactory,
    PaymentFactory,
    ProductFactory,
    ReceiptFactory,
    moment_of,
    order_of,
    sum_of,
)


@pytest.mark.parametrize(
    "factory",
    [IdempotencyRecordFactory, OrderFactory, PaymentFactory, ProductFactory, ReceiptFactory],
)
def test_twenty_of_each_can_be_stored(
    data: Data, database: DatabaseManager, factory: type[Factory[Any]]
) -> None:
    """With all that they need, and no two alike."""
    assert len(data.create_many(factory, 20, into=database.engine)) == 20


def test_a_product_is_found_as_one_that_the_service_has_made(
    data: Data, database: DatabaseManager, catalog: Catalog
) -> None:
    """Its name is folded, its stock is what was asked for, and its identifier tells its age."""
    product = data.create(ProductFactory, name="Straße", stock__quantity=3, into=database.engine)
    (found,) = catalog.search(text="STRASSE").items
    assert (found.id, found.available, found.created_at) == (product.id, 3, moment_of(product.id))


def test_an_order_costs_what_its_lines_cost(
    data: Data, database: DatabaseManager, ordering: Ordering
) -> None:
    """Of products of its own, which are older, and paid by its payment."""
    payment = data.create(PaymentFactory, into=database.engine)
    order = ordering.get(payment.order_id)
    assert sum(line.quantity * line.unit_price.minor for line in order.lines) == order.total.minor
    assert (order.status, order.total.minor) == ("paid", payment.amount_minor)
    assert all(moment_of(line.product_id) < order.created_at for line in order.lines)
    assert order.created_at < payment.created_at


def test_an_order_of_given_products_has_their_prices_and_their_currency(data: Data) -> None:
    lamp, chair = data.make_many(ProductFactory, 2, currency="JPY", price_minor=700)
    order = order_of(data, {lamp: 2, chair: 1}, status="cancelled")
    assert (order.total_minor, order.currency, order.status) == (2100, "JPY", "cancelled")
    assert sum_of(order.lines) == 2100
    assert {line.sku for line in order.lines} == {lamp.sku, chair.sku}
