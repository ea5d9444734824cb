"""A path reaches a child, and a source may give it; nothing that is given is left out in silence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import Factory, derived, drawn, many, nothing
from belljar.data.factory.making import make
from belljar.data.strategies import strategy_of
from tests.data_factories.shop import (
    GiftFactory,
    GivingFactory,
    Line,
    LineFactory,
    Order,
    OrderFactory,
    Product,
    ProductFactory,
    Stock,
    StockFactory,
)


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
