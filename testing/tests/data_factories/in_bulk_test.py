"""`data.bulk` spreads references as it is told; what rows in bulk don't have is an error."""

from __future__ import annotations

import types
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, ForeignKey, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from belljar.data.bulk import BulkFailed
from belljar.data.data import Data
from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import (
    Factory,
    derived,
    drawn,
    faked,
    fixed,
    many,
    parent_of,
    sequence,
)


class Base(DeclarativeBase):
    pass


class Shop(Base):
    __tablename__ = "shop"
    id: Mapped[int] = mapped_column(primary_key=True)
    size: Mapped[int]
    shelves: Mapped[list[Shelf]] = relationship()


class Shelf(Base):
    __tablename__ = "shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    shop_id: Mapped[int] = mapped_column(ForeignKey("shop.id"))
    width: Mapped[int]


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


def broken(draw: Draw) -> Any:
    raise KeyError("missing")


def test_references_are_spread_as_is_said(draw: Draw, engine: Engine) -> None:
    Data(draw).bulk({Shop: 10, Shelf: 100}, engine, spread="even")
    with engine.connect() as connection:
        found = Counter(connection.scalars(select(Shelf.shop_id)))
    assert set(found.values()) == {10}


def test_one_reference_can_be_spread_alone(draw: Draw, engine: Engine) -> None:
    Data(draw).bulk({Shop: 100, Shelf: 1000}, engine, spread={"shelf.shop_id": "skewed"})
    with engine.connect() as connection:
        found = Counter(connection.scalars(select(Shelf.shop_id)))
    assert max(found.values()) > 100


def test_children_and_parents_are_not_there_and_that_is_said(draw: Draw, engine: Engine) -> None:
    class CountingFactory(Factory[Shop]):
        shelves = many(Shelf, 2)
        size = derived(lambda row: len(row.shelves))

    class WideFactory(Factory[Shelf]):
        width = derived(lambda row: parent_of(row, "shop_id").size)

    with pytest.raises(BulkFailed, match="asks for 'shelves', which rows made in bulk don't have"):
        Data(draw).bulk({CountingFactory: 3}, engine)
    with pytest.raises(CannotMeet, match="for rows made in bulk derive it from the row's own"):
        Data(draw).bulk({Shop: 3, WideFactory: 3}, engine)


def test_a_function_that_raises_is_told_with_its_line(draw: Draw, engine: Engine) -> None:
    class BrokenFactory(Factory[Shelf]):
        width = drawn(broken)

    with pytest.raises(CannotMeet, match=r"Shelf\.width: the function"):
        Data(draw).bulk({Shop: 3, BrokenFactory: 3}, engine)
    with pytest.raises(CannotMeet, match=r"in_bulk_test\.py:\d+") as raised:
        Data(draw).bulk({Shop: 3, BrokenFactory: 3}, engine)
    assert isinstance(raised.value.__cause__, KeyError)


class Short(Base):
    __tablename__ = "short"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(3), unique=True)
    code: Mapped[str] = mapped_column(String(3))
    long: Mapped[str] = mapped_column(String(40), unique=True)


@pytest.mark.parametrize(
    ("name", "source", "words"),
    [
        ("code", fixed("toolong"), r"'toolong': it has 7 characters.*String\(3\)"),
        ("code", faked("address"), r"the last was .*String\(3\)"),
        ("code", drawn(lambda draw: "toolong"), r"'toolong'.*String\(3\)"),
        ("code", derived(lambda row: "toolong"), r"'toolong'.*String\(3\)"),
        ("code", sequence("{n:03}"), r"'1000': it has 4 characters"),
        ("key", faked("name", unique=True), r"unique.*takes 18 characters.*String\(3\)"),
        ("key", sequence("number {n}"), r"'number 1': it has 8 characters"),
    ],
)
def test_what_a_column_can_not_have_is_told_in_words_of_the_model(
    draw: Draw, engine: Engine, name: str, source: Any, words: str
) -> None:
    body = {"__qualname__": "<locals>.ShortFactory", "key": sequence("{n:x}"), name: source}
    factory = types.new_class("ShortFactory", (Factory[Short],), {}, lambda ns: ns.update(body))
    with pytest.raises(CannotMeet, match=f"Short.{name}: .*{words}") as raised:
        Data(draw).bulk({factory: 1500}, engine)
    assert "give ShortFactory a source for" in str(raised.value)
    with engine.connect() as connection:
        assert not connection.scalars(select(Short.id)).all()


def test_what_a_column_can_have_is_chosen_in_bulk(draw: Draw, engine: Engine) -> None:
    class ShortFactory(Factory[Short]):
        key = sequence("{n:x}")
        code = faked("word")
        long = faked("name", unique=True)

    Data(draw).bulk({ShortFactory: 500}, engine)
    with engine.connect() as connection:
        assert all(len(code) <= 3 for code in connection.scalars(select(Short.code)))
