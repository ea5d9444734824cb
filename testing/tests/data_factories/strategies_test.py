"""Hypothesis draws objects by the same definitions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator
from sqlalchemy import CheckConstraint, ForeignKey, String, inspect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from belljar.data.errors import CannotMeet
from belljar.data.factory import Factory, derived, faked, many, one_of
from belljar.data.strategies import strategy_of

# What the machine is busy with is no matter of these tests.
settings.register_profile("belljar.data", deadline=None, max_examples=30, database=None)
settings.load_profile("belljar.data")


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(40), unique=True)
    tier: Mapped[str]
    orders: Mapped[list[Order]] = relationship(back_populates="customer")


class Order(Base):
    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint("total > 0 AND fee >= 0 AND fee < total"),
        CheckConstraint("net = total - fee"),
        CheckConstraint("till > since"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)"),
        CheckConstraint("state IN ('paid', 'open')"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    customer: Mapped[Customer] = relationship(back_populates="orders")
    total: Mapped[int]
    fee: Mapped[int]
    net: Mapped[int]
    since: Mapped[dt.date]
    till: Mapped[dt.date]
    state: Mapped[str]
    paid_at: Mapped[dt.datetime | None]


class CustomerFactory(Factory[Customer]):
    email = faked("email", unique=True)
    tier = one_of("basic", "gold")


class Sized(BaseModel):
    size: int = Field(gt=3)
    shout: str

    @field_validator("shout")
    @classmethod
    def _is_upper(cls, value: str) -> str:
        if not value.isupper():
            raise ValueError("must be upper case")
        return value


@dataclass
class Tree:
    value: int
    children: list[Tree]


class TreeFactory(Factory[Tree]):
    value = derived(lambda row: len(row.children))


@given(strategy_of(Order))
def test_checks_hold_and_parents_are_there(order: Order) -> None:
    assert order.total > order.fee >= 0
    assert order.net == order.total - order.fee
    assert order.till > order.since
    assert (order.state == "paid") == (order.paid_at is not None)
    assert order.customer.tier in ("basic", "gold")
    assert inspect(order).transient


@given(st.lists(strategy_of(CustomerFactory), min_size=2, max_size=5))
def test_what_is_unique_differs_within_an_example(customers: list[Customer]) -> None:
    assert len({one.email for one in customers}) == len(customers)


@given(strategy_of(Order, state="paid", customer__tier=st.sampled_from(["x", "y"])))
def test_values_strategies_and_paths_are_given(order: Order) -> None:
    assert order.paid_at is not None
    assert order.customer.tier in ("x", "y")


@given(strategy_of(CustomerFactory, orders=many(Order, (1, 2))))
def test_children_are_drawn(customer: Customer) -> None:
    assert all(order.customer is customer for order in customer.orders)
    assert 1 <= len(customer.orders) <= 2


@given(strategy_of(Sized))
def test_validators_are_met(sized: Sized) -> None:
    assert sized.size > 3
    assert sized.shout.isupper()


@given(strategy_of(TreeFactory))
def test_trees_end_and_derived_fields_are_worked_out(tree: Tree) -> None:
    assert tree.value == len(tree.children)


def test_a_counterexample_shrinks_to_the_limit() -> None:
    assert find(strategy_of(Sized), lambda one: True).size == 4
    assert find(strategy_of(Order), lambda one: one.total > 100).total == 101


def test_an_unknown_field_is_told() -> None:
    with pytest.raises(CannotMeet, match="Sized has no field 'sise'"):
        find(strategy_of(Sized, sise=3), lambda one: True)
