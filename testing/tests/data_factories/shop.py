"""A shop's models and factories: a product with its stock, an order with lines, gifts and seals, a root with leaves."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    mapped_column,
    relationship,
)

from belljar.data.factory import Factory, derived, drawn, many, one, parent_of


class Base(DeclarativeBase):
    """The base of the shop's models."""


class Product(Base):
    """It has one stock."""

    __tablename__ = "product"
    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[int]
    stock: Mapped[Stock] = relationship(back_populates="product")


class Stock(Base):
    """Its key is its product's."""

    __tablename__ = "stock"
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    quantity: Mapped[int]
    product: Mapped[Product] = relationship(back_populates="stock")


class Order(Base):
    """Its children are lines, gifts and seals."""

    __tablename__ = "orders"
    __table_args__ = (CheckConstraint("fee < total"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    currency: Mapped[str]
    total: Mapped[int]
    fee: Mapped[int]
    lines: Mapped[list[Line]] = relationship(back_populates="order")
    gifts: Mapped[list[Gift]] = relationship()
    seals: Mapped[list[Seal]] = relationship()


class Line(Base):
    """A part of its key is its order's."""

    __tablename__ = "line"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    amount: Mapped[int]
    currency: Mapped[str]
    order: Mapped[Order] = relationship(back_populates="lines")


class Gift(Base):
    """Its order knows it, and it does not know its order but by the key."""

    __tablename__ = "gift"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    words: Mapped[str]


class Seal(Base):
    """It has no relationship() to its order, which is a part of its key."""

    __tablename__ = "seal"
    __table_args__ = (CheckConstraint("number BETWEEN 1 AND 3"),)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Root(MappedAsDataclass, Base):
    """A dataclass with children."""

    __tablename__ = "root"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    leaves: Mapped[list[Leaf]] = relationship(back_populates="root", init=False)
    size: Mapped[int]


class Leaf(MappedAsDataclass, Base):
    """A child of a Root."""

    __tablename__ = "leaf"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("root.id"), init=False)
    root: Mapped[Root] = relationship(back_populates="leaves")


class StockFactory(Factory[Stock]):
    """Ten at least."""

    quantity = drawn(lambda draw: draw.random.randint(10, 100))


class ProductFactory(Factory[Product]):
    """Its price follows from its child."""

    stock = one(StockFactory)
    price = derived(lambda row: row.stock.quantity * 2)


class LineFactory(Factory[Line]):
    """Its currency follows from its parent."""

    amount = drawn(lambda draw: draw.random.randint(1, 9))
    currency = derived(lambda row: row.order.currency)


class GiftFactory(Factory[Gift]):
    """Its words follow from a parent that it has no relationship() to."""

    words = derived(lambda row: f"paid in {parent_of(row, 'order_id').currency}")


class OrderFactory(Factory[Order]):
    """Its total follows from its children."""

    lines = many(LineFactory, 2)
    total = derived(lambda row: 1000 + sum(line.amount for line in row.lines))


def _giving() -> type[Factory[Order]]:
    # In a function, so that OrderFactory is the one that is found by its model.
    class GivingFactory(Factory[Order]):
        gifts = many(GiftFactory, 1)
        total = derived(lambda row: 1000 + len(row.gifts[0].words))

    return GivingFactory


GivingFactory = _giving()
