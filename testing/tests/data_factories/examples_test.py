"""A model that refuses every example is told like one that can't be made, and objects in objects have an end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, model_validator
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from belljar.data.errors import CannotMeet
from belljar.data.strategies import strategy_of


class Base(DeclarativeBase):
    pass


class Egg(Base):
    __tablename__ = "egg"
    id: Mapped[int] = mapped_column(primary_key=True)
    hen_id: Mapped[int] = mapped_column(ForeignKey("hen.id"))
    hen: Mapped[Hen] = relationship(foreign_keys=[hen_id])


class Hen(Base):
    __tablename__ = "hen"
    id: Mapped[int] = mapped_column(primary_key=True)
    egg_id: Mapped[int] = mapped_column(ForeignKey("egg.id"))
    egg: Mapped[Egg] = relationship(foreign_keys=[egg_id])


class Doubled(Base):
    __tablename__ = "doubled"
    __table_args__ = (CheckConstraint("double >= value * 2"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int]
    double: Mapped[int]


@dataclass
class Chain:
    value: int
    next: Chain


@dataclass
class Refusing:
    value: int

    def __post_init__(self) -> None:
        raise ValueError("never good")


class Validated(BaseModel):
    value: int

    @model_validator(mode="after")
    def refuse(self) -> Validated:
        raise ValueError("never good")


class Other:
    """What nobody can make: it does not say what it wants."""

    def __init__(self, anything):  # type: ignore[no-untyped-def]  # that is the point
        self.anything = anything


@dataclass
class Wanting:
    other: Other


class Tree(BaseModel):
    name: str = Field(min_length=1)
    branches: list[Tree]
    roots: dict[str, Tree]
    graft: Tree | None


UNMET: dict[Any, str] = {
    Egg: r"Hen\.egg: Egg needs Hen needs Egg needs Hen needs Egg, without an end",
    Chain: r"Chain: Chain needs Chain, without an end",
    Refusing: r"Refusing\.value: the model refuses it: never good; tried 200",
    Validated: r"Validated\.value: its validator refuses every value: Value error, never good",
    Wanting: r"Wanting\.other: nothing is known of the type .*Other",
}


@pytest.mark.parametrize("model", UNMET, ids=lambda model: model.__name__)
def test_what_no_example_meets_is_told_with_model_and_field(model: Any) -> None:
    @settings(max_examples=50, deadline=None, database=None)
    @given(st.data())
    def drawn(data: st.DataObject) -> None:
        data.draw(strategy_of(model))

    with pytest.raises(CannotMeet, match=UNMET[model]) as raised:
        drawn()
    assert "fix:" in str(raised.value)


@settings(max_examples=100, deadline=None, database=None)
@given(strategy_of(Doubled))
def test_a_column_is_not_asked_for_more_than_fits_into_it(made: Doubled) -> None:
    assert made.double >= made.value * 2


def test_a_model_in_itself_is_drawn_quickly() -> None:
    @settings(max_examples=100, deadline=None, database=None)
    @given(strategy_of(Tree))
    def drawn(tree: Tree) -> None:
        assert _depth(tree) <= 6

    begun = time.monotonic()
    drawn()
    # It took minutes, or Hypothesis gave up.
    assert time.monotonic() - begun < 30


def _depth(tree: Tree) -> int:
    below = [*tree.branches, *tree.roots.values(), *([tree.graft] if tree.graft else [])]
    return 1 + max(map(_depth, below), default=0)
