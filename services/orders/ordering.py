"""`Ordering`: orders are placed, read, searched and cancelled.

Placing takes the pieces from stock, in the order of product identifiers so that two orders for the
same products cannot wait for each other; cancelling gives them back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.orders.catalog import take_from_stock
from services.orders.database import DatabaseManager, Transaction
from services.orders.identifiers import Clock, IdentifierFactory
from services.orders.models import Order, OrderLine, Product
from services.orders.money import Money, total
from services.orders.pagination import Filters, Page, decode_cursor, page_of
from services.orders.problems import NotFound, Unprocessable, WrongOrderState
from services.orders.views import OrderStatus, OrderView


@dataclass(frozen=True, slots=True)
class LineRequest:
    """So many pieces of one product."""

    product_id: str
    quantity: int


class Ordering:
    """Place, read, search and cancel orders."""

    def __init__(
        self, database: DatabaseManager, identifiers: IdentifierFactory, clock: Clock
    ) -> None:
        """Keep orders in `database`."""
        self._database = database
        self._identifiers = identifiers
        self._clock = clock

    def place(
        self, transaction: Transaction, customer_email: str, lines: Sequence[LineRequest]
    ) -> OrderView:
        """A new pending order, its pieces taken from stock, as part of the caller's transaction.

        Raises `NotFound`, `OutOfStock`, `MixedCurrencies` or `Unprocessable`; the caller's
        transaction must then be rolled back.
        """
        quantities: Counter[str] = Counter()
        for line in lines:
            quantities[line.product_id] += line.quantity
        session = transaction.session
        order_lines = []
        prices = []
        for position, product_id in enumerate(sorted(quantities)):
            take_from_stock(transaction, product_id, quantities[product_id], self._clock)
            product = session.get_one(Product, product_id)
            if not product.active:
                raise Unprocessable(
                    f"product {product_id!r} is withdrawn from sale", product_id=product_id
                )
            prices.append(Money(product.price_minor, product.currency) * quantities[product_id])
            order_lines.append(
                OrderLine(
                    position=position,
                    product_id=product_id,
                    sku=product.sku,
                    name=product.name,
                    quantity=quantities[product_id],
                    unit_price_minor=product.price_minor,
                )
            )
        sum_of_lines = total(prices)
        now = self._clock()
        order = Order(
            id=self._identifiers.new("ord"),
            customer_email=customer_email,
            status="pending",
            total_minor=sum_of_lines.minor,
            currency=sum_of_lines.currency,
            created_at=now,
            updated_at=now,
            lines=order_lines,
        )
        session.add(order)
        session.flush()
        return OrderView.of(order)

    def get(self, order_id: str) -> OrderView:
        """The order; raises `NotFound`."""
        return self._database.read(lambda session: OrderView.of(require_order(session, order_id)))

    def search(
        self,
        *,
        customer_email: str | None = None,
        status: OrderStatus | None = None,
        limit: int = 20,
        cursor: str | None = None,
    ) -> Page[OrderView]:
        """A page of orders, newest first."""
        filters: Filters = {"customer_email": customer_email, "status": status, "kind": "orders"}
        after = decode_cursor(cursor, filters)
        query = select(Order).order_by(Order.id.desc()).limit(limit + 1)
        if customer_email is not None:
            query = query.where(Order.customer_email == customer_email)
        if status is not None:
            query = query.where(Order.status == status)
        if after is not None:
            query = query.where(Order.id < after)
        views = self._database.read(
            lambda session: [OrderView.of(row) for row in session.scalars(query)]
        )
        return page_of(views, [view.id for view in views], limit, filters)

    def cancel(self, order_id: str) -> OrderView:
        """The order, cancelled, its pieces back in stock; cancelling twice changes nothing more.

        Raises `NotFound`, or `WrongOrderState` when the order is paid or being paid.
        """

        def cancel(transaction: Transaction) -> OrderView:
            session = transaction.session
            order = require_order(session, order_id)
            try:
                change_status(session, order, "pending", "cancelled", self._clock)
            except WrongOrderState:
                if order.status == "cancelled":
                    return OrderView.of(order)
                raise
            for line in sorted(order.lines, key=lambda line: line.product_id):
                take_from_stock(transaction, line.product_id, -line.quantity, self._clock)
            return OrderView.of(order)

        return self._database.run(cancel)


def require_order(session: Session, order_id: str) -> Order:
    """The order with its lines; raises `NotFound`."""
    order = session.get(Order, order_id)
    if order is None:
        raise NotFound(f"there is no order {order_id!r}", order_id=order_id)
    return order


def change_status(
    session: Session, order: Order, expected: OrderStatus, status: OrderStatus, clock: Clock
) -> None:
    """Move the order on, unless somebody else did so meanwhile: then raise `WrongOrderState`."""
    moved = session.execute(
        update(Order)
        .where(Order.id == order.id, Order.status == expected)
        .values(status=status, updated_at=clock())
        .returning(Order.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    session.refresh(order)
    if moved is None:
        raise WrongOrderState(
            f"order {order.id!r} is {order.status}, but has to be {expected} to become {status}",
            order_id=order.id,
            order_status=order.status,
        )
