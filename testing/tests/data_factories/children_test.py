"""What is derived sees the row's children and parents; a path reaches a child; nothing given is ignored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import CheckConstraint, ForeignKey, create_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    Session,
    mapped_column,
    relationship,
)

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import Factory, derived, drawn, many, nothing, one, parent_of
from belljar.data.factory.making import make, make_many
from belljar.data.factory.storing import create
from belljar.data.strategies import strategy_of


class Base(DeclarativeBase):
    pass


class Product(Base):
    __tablename__ = "product"
    id: Mapped[int] = mapped_column(primary_key=True)
    price: Mapped[int]
    stock: Mapped[Stock] = relationship(back_populates="product")


class Stock(Base):
    __tablename__ = "stock"
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    quantity: Mapped[int]
    product: Mapped[Product] = relationship(back_populates="stock")


class Order(Base):
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
    __tablename__ = "root"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    leaves: Mapped[list[Leaf]] = relationship(back_populates="root", init=False)
    size: Mapped[int]


class Leaf(MappedAsDataclass, Base):
    __tablename__ = "leaf"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("root.id"), init=False)
    root: Mapped[Root] = relationship(back_populates="leaves")


class StockFactory(Factory[Stock]):
    quantity = drawn(lambda draw: draw.random.randint(10, 100))


class ProductFactory(Factory[Product]):
    stock = one(StockFactory)
    price = derived(lambda row: row.stock.quantity * 2)


class LineFactory(Factory[Line]):
    amount = drawn(lambda draw: draw.random.randint(1, 9))
    currency = derived(lambda row: row.order.currency)


class GiftFactory(Factory[Gift]):
    words = derived(lambda row: f"paid in {parent_of(row, 'order_id').currency}")


class OrderFactory(Factory[Order]):
    lines = many(LineFactory, 2)
    total = derived(lambda row: 1000 + sum(line.amount for line in row.lines))


def _giving() -> type[Factory[Order]]:
    # In a function, so that OrderFactory is the one that is found by its model.
    class GivingFactory(Factory[Order]):
        gifts = many(GiftFactory, 1)
        total = derived(lambda row: 1000 + len(row.gifts[0].words))

    return GivingFactory


GivingFactory = _giving()


class RootFactory(Factory[Root]):
    leaves = many(Leaf, 3)
    size = derived(lambda row: len(row.leaves))


def test_a_path_reaches_the_child_of_the_factory(draw: Draw) -> None:
    made = make(draw, ProductFactory, stock__quantity=3)
    assert (made.stock.quantity, made.price, made.stock.product) == (3, 6, made)


def test_a_path_makes_the_child_that_nobody_spoke_of(draw: Draw) -> None:
    class BareFactory(Factory[Product]):
        pass

    assert make(draw, BareFactory, stock__quantity=3).stock.quantity == 3


def test_a_path_into_many_is_for_each_of_them(draw: Draw) -> None:
    made = make(draw, OrderFactory, lines__amount=7)
    assert [line.amount for line in made.lines] == [7, 7]
    made = make(draw, OrderFactory, lines=many(LineFactory, (0, 1)), lines__amount=7)
    assert [line.amount for line in made.lines] == [7]


LAMP = Product(id=7, price=3, stock=Stock(quantity=5))
IGNORED: list[tuple[Any, dict[str, Any], str]] = [
    (ProductFactory, {"stock": Stock(), "stock__quantity": 3}, "Product.stock: it is given as an"),
    (ProductFactory, {"stock": None, "stock__quantity": 3}, "Product.stock: it is given as None"),
    (ProductFactory, {"stock": nothing(), "stock__quantity": 3}, "it is given a source"),
    (ProductFactory, {"stock": many(StockFactory, 2)}, "it is one object, and many"),
    (ProductFactory, {"stock__product__price": 3}, "Stock.product: Product is made"),
    (ProductFactory, {"price": 1, "stock__product__price": 3}, "Stock.product: Product is made"),
    (ProductFactory, {"stock__product_id": 3}, "Stock.product_id: it is given as 3"),
    (OrderFactory, {"lines": many(LineFactory, 1, order=Order())}, "Line.order: it is given as"),
    (GivingFactory, {"gifts": many(GiftFactory, 1, order_id=7)}, "Gift.order_id: it is given as 7"),
    (StockFactory, {"product_id": 5, "product__price": 3}, "product_id is given, so no object"),
    (StockFactory, {"product": many(ProductFactory, 2)}, "it is one object, and many"),
    (StockFactory, {"product": LAMP, "product_id": 8}, "8 is given, and product with id = 7"),
    (StockFactory, {"product__stock__quantity": 3}, "Stock is made for|is made for one of its"),
    (Order, {"gifts__words": "x"}, "Order.gifts: gifts__words reaches nothing"),
    (OrderFactory, {"lines": many(LineFactory, 0), "lines__amount": 1}, "reaches nothing"),
    (OrderFactory, {"fee__amount": 1}, "Order.fee: it has no fields of its own"),
    (OrderFactory, {"total__amount": 1}, "Order.total: it is derived"),
]


@pytest.mark.parametrize(("factory", "values", "words"), IGNORED)
def test_what_would_be_ignored_is_told(
    draw: Draw, factory: Any, values: dict[str, Any], words: str
) -> None:
    with pytest.raises(CannotMeet, match=words) as raised:
        make(draw, factory, **values)
    assert "fix:" in str(raised.value)


def test_a_source_of_a_required_parent_is_asked(draw: Draw) -> None:
    lamp, chair = Product(id=7, price=3), Product(id=8, price=3)
    assert make(draw, StockFactory, product=drawn(lambda draw: lamp)).product is lamp
    assert make(draw, StockFactory, product=derived(lambda row: chair)).product is chair

    class OfSevenFactory(Factory[Stock]):
        product_id = 7

    made = make(draw, OfSevenFactory)
    assert made.product_id == 7
    assert vars(made).get("product") is None


def test_a_derived_field_sees_the_children(draw: Draw) -> None:
    for order in make_many(draw, OrderFactory, 5):
        assert len(order.lines) == 2
        assert order.total == 1000 + sum(line.amount for line in order.lines)
        assert all(line.order is order for line in order.lines)
        assert {line.currency for line in order.lines} == {order.currency}
        assert order.fee < order.total


def test_children_are_the_same_whether_anybody_asks_for_them_or_not(draw: Draw) -> None:
    asked, not_asked = (
        make(Draw(0, "same"), OrderFactory, **values) for values in ({}, {"total": 10**9})
    )
    assert [line.amount for line in asked.lines] == [line.amount for line in not_asked.lines]


def test_without_children_there_are_none(draw: Draw) -> None:
    class EmptyFactory(Factory[Order]):
        total = derived(lambda row: 10**6 + len(row.lines))

    assert make(draw, EmptyFactory).total == 10**6
    assert make(draw, OrderFactory, lines=[]).total == 1000


def test_a_child_that_needs_what_is_derived_from_it_is_a_circle(draw: Draw) -> None:
    class ShareFactory(Factory[Line]):
        amount = derived(lambda row: row.order.total // 2)

    with pytest.raises(
        CannotMeet,
        match=r"Order\.total needs Order\.lines needs Line\.amount needs Order\.total",
    ):
        make(draw, OrderFactory, lines=many(ShareFactory, 2))


def test_children_are_made_again_where_the_row_is(draw: Draw) -> None:
    class FussyFactory(Factory[Order]):
        lines = many(LineFactory, 1)
        fee = drawn(lambda draw: draw.random.randint(1, 30))
        currency = derived(lambda row: str(row.fee))
        total = derived(lambda row: 10 + int(row.lines[0].currency) % 2)

    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for _ in range(20):
            order = create(draw, FussyFactory, session)
            assert order.lines[0].currency == order.currency == str(order.fee)
        assert session.query(Line).count() == 20
    engine.dispose()


def test_a_stored_row_has_what_was_derived_from_its_children(draw: Draw) -> None:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        found = [create(draw, OrderFactory, session), create(draw, GivingFactory, session)]
        session.commit()
        session.expire_all()
        order, giving = found
        assert order.total == 1000 + sum(line.amount for line in order.lines)
        assert giving.gifts[0].words == f"paid in {giving.currency}"
        assert giving.gifts[0].order_id == giving.id
    engine.dispose()


def test_classes_with_an_init_of_their_own_see_their_children_too(draw: Draw) -> None:
    made = make(draw, RootFactory)
    assert (made.size, [leaf.root for leaf in made.leaves]) == (3, [made] * 3)


def test_what_is_unique_in_a_parent_is_so_among_children_made_before_and_after(draw: Draw) -> None:
    class SlotFactory(Factory[Line]):
        number = drawn(lambda draw: draw.random.randint(1, 6))

    order = make(draw, OrderFactory, lines=many(SlotFactory, 3))
    later = make_many(draw, SlotFactory, 3, order=order)
    assert len({line.number for line in later} | {line.number for line in order.lines}) == 6


def test_what_is_unique_in_a_parent_is_so_among_children_that_do_not_know_it(draw: Draw) -> None:
    for order in make_many(draw, OrderFactory, 3, seals=many(Seal, 3)):
        assert sorted(seal.number for seal in order.seals) == [1, 2, 3]


def test_a_parent_without_a_relationship_is_found_by_its_key(draw: Draw) -> None:
    made = make(draw, GiftFactory)
    assert made.words.startswith("paid in ")

    class LostFactory(Factory[Gift]):
        words = derived(lambda row: row.order.currency)

    with pytest.raises(CannotMeet, match=r'write parent_of\(row, "order_id"\)'):
        make(draw, LostFactory)
    with pytest.raises(CannotMeet, match="the object that it refers to is not known"):
        make(draw, GiftFactory, order_id=3)
    with pytest.raises(CannotMeet, match="'words' is no foreign key of Gift"):
        make(draw, GiftFactory, words=derived(lambda row: parent_of(row, "words")))


@settings(max_examples=20, deadline=None)
@given(strategy_of(OrderFactory, lines__amount=st.integers(1, 5)), strategy_of(GivingFactory))
def test_strategies_have_children_that_are_seen_and_reached(order: Order, giving: Order) -> None:
    assert order.total == 1000 + sum(line.amount for line in order.lines)
    assert all(1 <= line.amount <= 5 and line.order is order for line in order.lines)
    assert {line.currency for line in order.lines} == {order.currency}
    assert giving.gifts[0].words == f"paid in {giving.currency}"


@settings(max_examples=5, deadline=None)
@given(
    strategy_of(OrderFactory, lines=drawn(lambda draw: [Line(amount=draw.random.randint(4, 6))])),
    strategy_of(StockFactory, product=drawn(lambda draw: Product(price=4))),
    strategy_of(ProductFactory, stock__quantity=4),
)
def test_strategies_ask_any_source_of_a_relation(
    order: Order, stock: Stock, product: Product
) -> None:
    assert len(order.lines) == 1
    assert order.total == 1000 + order.lines[0].amount
    assert (stock.product.price, product.stock.quantity) == (4, 4)


@given(st.data())
@settings(max_examples=1)
def test_strategies_tell_what_would_be_ignored(data: Any) -> None:
    with pytest.raises(CannotMeet, match="it is given as None"):
        data.draw(strategy_of(ProductFactory, stock=None, stock__quantity=3))
