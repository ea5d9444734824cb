"""A shop that has been open for a while: some hundred rows, in proportions that are plausible."""

from __future__ import annotations

from collections.abc import Iterator

from belljar.data.data import Data
from services.orders.tests.factories import (
    PaymentFactory,
    ProductFactory,
    ReceiptFactory,
    order_of,
)

PRODUCTS = 60
ORDERS = 100
CUSTOMERS = 25
# Three in five are paid.
STATUSES = ("paid", "paid", "paid", "pending", "cancelled")


def typical(data: Data) -> Iterator[object]:
    """Sixty products, a tenth of them withdrawn; a hundred orders of twenty-five customers."""
    products = [data.make(ProductFactory, active=number % 10 != 0) for number in range(PRODUCTS)]
    yield from products
    customers = [data.faker.unique.reserved_email() for _ in range(CUSTOMERS)]
    for number in range(ORDERS):
        chosen = data.random.sample(products, data.random.randint(1, 4))
        order = order_of(
            data,
            {product: data.random.randint(1, 3) for product in chosen},
            customer_email=data.random.choice(customers),
            status=STATUSES[number % len(STATUSES)],
        )
        yield order
        if order.status != "paid":
            continue
        yield data.make(PaymentFactory, order=order)
        # Every tenth receipt is still owed.
        owed = {"stored_at": None, "emailed_at": None} if number % 10 == 0 else {}
        yield data.make(ReceiptFactory, order=order, **owed)
