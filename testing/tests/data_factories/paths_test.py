"""A path leads into objects that lie in a field, whatever the field would have been; where none does, it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import Factory, drawn, many, one, one_of
from belljar.data.factory.making import make, make_many
from belljar.data.strategies import strategy_of


@dataclass
class Item:
    sku: str
    price: int


@dataclass
class Cart:
    name: str
    items: list[Item] = field(default_factory=list)
    gift: Item | None = None
    bag: Item = field(default_factory=lambda: Item("bag", 1))


def _filled() -> type[Factory[Cart]]:
    # In a function, so that Cart itself is made without it.
    class FilledFactory(Factory[Cart]):
        items = many(Item, 2)

    return FilledFactory


FilledFactory = _filled()


def test_a_field_with_a_default_is_made_where_a_path_leads_into_it(draw: Draw) -> None:
    made = make(draw, Cart, gift__price=3, bag__price=4)
    assert made.gift is not None
    assert (made.gift.price, made.bag.price, made.items) == (3, 4, [])


def test_a_path_into_a_list_is_for_each_of_it(draw: Draw) -> None:
    made = make(draw, FilledFactory, items__price=9)
    assert [item.price for item in made.items] == [9, 9]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"items__price": 3},
            r"(?s)Cart\.items: .*items__price.*items=many\(Item, 2, price=\.\.\.\)",
        ),
        ({"name__first": "x"}, r"Cart\.name: it has no fields of its own: name__first"),
        ({"gift": None, "gift__price": 3}, r"Cart\.gift: it is given as None, and gift__price"),
        ({"gift__prise": 3}, r"Item has no field 'prise'"),
    ],
)
def test_a_path_that_leads_nowhere_is_told(draw: Draw, values: dict[str, Any], words: str) -> None:
    with pytest.raises(CannotMeet, match=words):
        make(draw, Cart, **values)


@settings(max_examples=10, deadline=None)
@given(strategy_of(FilledFactory, gift__price=3, bag__price=st.just(4), items__price=5))
def test_strategies_follow_the_same_paths(cart: Cart) -> None:
    assert cart.gift is not None
    assert (cart.gift.price, cart.bag.price) == (3, 4)
    assert [item.price for item in cart.items] == [5, 5]


def test_a_source_for_one_object_may_be_unique(draw: Draw) -> None:
    made = make_many(draw, Item, 20, sku=one_of("a", "b"), price=drawn(few, unique=True))
    assert len({item.price for item in made}) == 20


def few(draw: Draw) -> int:
    return draw.random.randint(1, 30)


@settings(max_examples=10, deadline=None)
@given(strategy_of(Cart, items=many(Item, 2), bag=one(Item, price=7)))
def test_strategies_ask_sources_of_fields_with_a_default(cart: Cart) -> None:
    assert (len(cart.items), cart.bag.price) == (2, 7)


@dataclass
class Parcel:
    size: int = 3


@settings(max_examples=10, deadline=None)
@given(strategy_of(Parcel, size=one_of(7, 8)))
def test_strategies_do_so_where_the_default_is_a_plain_value(parcel: Parcel) -> None:
    assert parcel.size in (7, 8)
