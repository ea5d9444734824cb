"""What the service shows of its data: immutable, typed values that leave a transaction safely.

ORM objects stay inside their transaction; these go into the cache and into HTTP answers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.orders.models import Order, Payment, Product

OrderStatus = Literal["pending", "paying", "paid", "cancelled"]


class View(BaseModel):
    """The common ground of all views: immutable, and strict about unknown members."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MoneyView(View):
    """An amount in minor units with its ISO 4217 currency."""

    minor: int
    currency: str


class ProductView(View):
    """A product with the number of pieces that are left."""

    id: str
    sku: str
    name: str
    description: str
    price: MoneyView
    active: bool
    available: int
    created_at: datetime

    @classmethod
    def of(cls, product: Product) -> ProductView:
        """The view of a product that is loaded in a session."""
        return cls(
            id=product.id,
            sku=product.sku,
            name=product.name,
            description=product.description,
            price=MoneyView(minor=product.price_minor, currency=product.currency),
            active=product.active,
            available=product.stock.quantity,
            created_at=product.created_at,
        )


class LineView(View):
    """One line of an order."""

    product_id: str
    sku: str
    name: str
    quantity: int
    unit_price: MoneyView


class OrderView(View):
    """An order with its lines."""

    id: str
    customer_email: str
    status: OrderStatus
    total: MoneyView
    lines: tuple[LineView, ...]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, order: Order) -> OrderView:
        """The view of an order that is loaded in a session."""
        return cls.model_validate(
            {
                "id": order.id,
                "customer_email": order.customer_email,
                "status": order.status,
                "total": MoneyView(minor=order.total_minor, currency=order.currency),
                "lines": tuple(
                    LineView(
                        product_id=line.product_id,
                        sku=line.sku,
                        name=line.name,
                        quantity=line.quantity,
                        unit_price=MoneyView(minor=line.unit_price_minor, currency=order.currency),
                    )
                    for line in order.lines
                ),
                "created_at": order.created_at,
                "updated_at": order.updated_at,
            }
        )


class PaymentView(View):
    """A payment that succeeded."""

    id: str
    order_id: str
    amount: MoneyView
    reference: str
    created_at: datetime

    @classmethod
    def of(cls, payment: Payment) -> PaymentView:
        """The view of a succeeded payment that is loaded in a session."""
        return cls(
            id=payment.id,
            order_id=payment.order_id,
            amount=MoneyView(minor=payment.amount_minor, currency=payment.currency),
            reference=payment.reference or "",
            created_at=payment.created_at,
        )
