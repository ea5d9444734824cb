"""What is derived sees the row's children and parents, whether they are made before it or after."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.orm import (
    Session,
)

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import Factory, derived, drawn, many, parent_of
from belljar.data.factory.making import make, make_many
from belljar.data.factory.storing import create
from belljar.data.strategies import strategy_of
from tests.data_factories.shop import (
    Base,
    Gift,
    GiftFactory,
    GivingFactory,
    Leaf,
    Line,
    LineFactory,
    Order,
    OrderFactory,
    Root,
    Seal,
)


class RootFactory(Factory[Root]):
    leaves = many(Leaf, 3)
    size = derived(lambda row: len(row.leaves))


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
