"""Factories of the service's rows: each object keeps the rules that the service keeps.

    data.create(ProductFactory, name="Straße")              # stored, with ten to a hundred pieces
    data.make(OrderFactory, status="paid")                  # with lines, whose sum is its total
    order_of(data, {lamp: 2, chair: 1}, status="cancelled")  # of products that are there

Identifiers are the service's own, and tell `created_at`: products are older than orders, orders than payments. Lines
repeat what their product had; an order has one currency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from belljar.data.data import Data
from belljar.data.draw import Draw
from belljar.data.factory import (
    Factory,
    Source,
    derived,
    drawn,
    faked,
    many,
    nothing,
    one,
    sequence,
)
from belljar.data.strategies import strategy_of
from services.orders.identifiers import IdentifierFactory
from services.orders.models import (
    IdempotencyRecord,
    Order,
    OrderLine,
    Payment,
    Product,
    Receipt,
    Stock,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

THINGS = ("Lamp", "Chair", "Table", "Clock", "Mirror", "Fußbank", "Étagère", "Kettle", "Vase")
LEASE = timedelta(seconds=30)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def identifier(prefix: str, oldest: int, newest: int) -> Source:
    """A source of identifiers as the service made them so many days ago."""

    def new(draw: Draw) -> str:
        days = draw.random.uniform(newest, oldest)
        made = IdentifierFactory(
            lambda: draw.now - timedelta(days=days), random_bits=draw.random.getrandbits
        )
        return made.new(prefix)

    return drawn(new)


def moment_of(identifier: str) -> datetime:
    """When the service made an identifier, to the millisecond."""
    number = 0
    for digit in identifier.partition("_")[2]:
        number = number * 32 + _ALPHABET.index(digit)
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=number >> 80)


class StockFactory(Factory[Stock]):
    """Ten to a hundred pieces."""

    quantity = drawn(lambda draw: draw.random.randint(10, 100))
    updated_at = derived(lambda row: moment_of(row.product_id))


class ProductFactory(Factory[Product]):
    """A product that is on sale; `stock__quantity=3` has three pieces."""

    id = identifier("prd", 90, 60)
    sku = faked("sku", unique=True)
    name = drawn(lambda draw: f"{draw.faker.color_name()} {draw.random.choice(THINGS)}")
    search_name = derived(lambda row: row.name.casefold())
    description = faked("sentence")
    price_minor = drawn(lambda draw: draw.random.randint(100, 50_000))
    currency = "EUR"
    created_at = derived(lambda row: moment_of(row.id))
    stock = one(StockFactory)


class OrderLineFactory(Factory[OrderLine]):
    """Some pieces of a product, with name and price as they are now; it is a part of an order.

    Positions count on from order to order, in a test; `order_of` has them from 0.
    """

    position = sequence(lambda count: count - 1)
    sku = derived(lambda row: row.product.sku)
    name = derived(lambda row: row.product.name)
    quantity = drawn(lambda draw: draw.random.randint(1, 5))
    unit_price_minor = derived(lambda row: row.product.price_minor)
    product = one(ProductFactory)
    product_id = derived(lambda row: row.product.id)


class OrderFactory(Factory[Order]):
    """A pending order of one to three products of its own; `order_of` is one of yours."""

    id = identifier("ord", 60, 30)
    customer_email = faked("reserved_email")
    status = "pending"
    total_minor = derived(lambda row: sum_of(row.lines))
    currency = "EUR"
    created_at = derived(lambda row: moment_of(row.id))
    updated_at = derived(lambda row: row.created_at)
    lines = many(OrderLineFactory, (1, 3))


class PaymentFactory(Factory[Payment]):
    """A payment of an order's total that succeeded; the order is a paid one, unless it is given."""

    id = identifier("pay", 30, 0)
    order = one(OrderFactory, status="paid")
    order_id = derived(lambda row: row.order.id)
    method = faked("payment_method_id", "pays")
    status = "succeeded"
    amount_minor = derived(lambda row: row.order.total_minor)
    currency = derived(lambda row: row.order.currency)
    reference = derived(lambda row: f"pi_{row.id[4:]}" if row.status == "succeeded" else None)
    decline_code = derived(lambda row: "card_declined" if row.status == "failed" else None)
    lease_until = derived(lambda row: row.created_at + LEASE)
    created_at = derived(lambda row: moment_of(row.id))


class ReceiptFactory(Factory[Receipt]):
    """A receipt that is stored and mailed; `stored_at=None, emailed_at=None` is one that is owed."""

    order = one(OrderFactory, status="paid")
    order_id = derived(lambda row: row.order.id)
    storage_key = derived(lambda row: f"receipts/{row.order_id}.txt")
    stored_at = derived(lambda row: row.created_at)
    emailed_at = derived(lambda row: row.created_at)
    next_attempt_at = nothing()
    created_at = derived(lambda row: row.order.created_at)


class IdempotencyRecordFactory(Factory[IdempotencyRecord]):
    """The answer 201 to a request; `status=None, body=None` is one that is worked on."""

    key = faked("idempotency_key")
    fingerprint = faked("sha256")
    status = 201
    body = '{"id": "ord_1"}'
    created_at = faked("instant", "-12h", "0s")
    lease_until = derived(lambda row: row.created_at + LEASE)


def sum_of(lines: Sequence[OrderLine]) -> int:
    """What they cost together, in minor units."""
    return sum(line.quantity * line.unit_price_minor for line in lines)


def order_of(data: Data, quantities: Mapping[Product, int], /, **values: Any) -> Order:
    """An order of so many pieces of each product, in their currency; their stock is left as it is."""
    products = sorted(quantities, key=lambda product: product.id)
    (currency,) = {product.currency for product in products}
    lines = [
        data.make(
            OrderLineFactory,
            order_id=None,
            position=position,
            product=product,
            quantity=quantities[product],
        )
        for position, product in enumerate(products)
    ]
    return data.make(OrderFactory, lines=lines, currency=currency, **values)


def orders(**values: Any) -> SearchStrategy[Order]:
    """A strategy of orders for Hypothesis, of any quantities and prices, and with the sum of their lines."""
    from hypothesis import strategies as st

    lines = many(
        OrderLineFactory,
        (1, 3),
        quantity=st.integers(1, 10_000),
        product__price_minor=st.integers(0, 10**12),
    )
    return strategy_of(OrderFactory, lines=lines, **values)
