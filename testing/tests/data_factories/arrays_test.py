"""The items of an array keep to their own type: labels of an enum, lengths of texts, digits of numbers."""

from __future__ import annotations

import enum
from decimal import Decimal

from hypothesis import find
from sqlalchemy import ARRAY as ANY_ARRAY
from sqlalchemy import Enum, Numeric, String
from sqlalchemy.dialects.postgresql import ARRAY, ENUM
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from belljar.data.draw import Draw
from belljar.data.factory import Factory, fixed
from belljar.data.factory.making import make, make_many
from belljar.data.strategies import strategy_of


class Base(DeclarativeBase):
    pass


class Tier(enum.Enum):
    BASIC = "basic"
    GOLD = "gold"


class Tagged(Base):
    __tablename__ = "tagged"
    id: Mapped[int] = mapped_column(primary_key=True)
    tiers: Mapped[list[str]] = mapped_column(ARRAY(ENUM("basic", "gold", name="tier")))
    pairs: Mapped[list[list[str]]] = mapped_column(ARRAY(Enum("x", "y", name="xy"), dimensions=2))
    short: Mapped[list[str]] = mapped_column(ARRAY(String(3)))
    amounts: Mapped[list[Decimal]] = mapped_column(ANY_ARRAY(Numeric(3, 1)))
    bare: Mapped[list] = mapped_column(ARRAY(Enum("x", "y", name="xy")))  # type: ignore[type-arg]  # as people write it
    kinds: Mapped[list[Tier]] = mapped_column(ARRAY(ENUM(Tier, name="kind")))


def test_the_items_of_an_array_keep_to_their_own_type(draw: Draw) -> None:
    for made in make_many(draw, Tagged, 10):
        assert set(made.tiers) <= {"basic", "gold"}
        assert {label for pair in made.pairs for label in pair} <= {"x", "y"}
        assert all(len(one) <= 3 for one in made.short)
        assert set(made.kinds) <= set(Tier)
        assert all(abs(one) < 100 for one in made.amounts)
        assert set(made.bare) <= {"x", "y"}
    found = find(strategy_of(Tagged), lambda one: len(one.tiers) > 1)
    assert set(found.tiers) <= {"basic", "gold"}


def test_a_factorys_own_items_are_left_alone(draw: Draw) -> None:
    class OwnFactory(Factory[Tagged]):
        tiers = fixed(["gold"])
        short = ("as", "long", "as you like")

    made = make(draw, OwnFactory)
    assert made.tiers == ["gold"]
    assert len(made.short) == 3
