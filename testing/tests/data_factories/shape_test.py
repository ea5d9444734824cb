"""A model's shape has its fields' types, limits and constraints, whatever it is written with."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import annotated_types as at
import pytest
from pydantic import BaseModel, Field
from sqlalchemy import (
    CHAR,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Enum,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from belljar.data.errors import CannotMeet
from belljar.data.shape import MISSING, Limits, Shape, shape_of


class State(enum.Enum):
    OPEN = "open"
    DONE = "done"


class Cents(TypeDecorator[Decimal]):
    impl = Integer
    cache_ok = True


class Base(DeclarativeBase):
    pass


class Team(Base):
    __tablename__ = "team"
    id: Mapped[int] = mapped_column(primary_key=True)


class Task(Base):
    __tablename__ = "task"
    __table_args__ = (
        UniqueConstraint("team_id", "name"),
        Index("by_slug", text("lower(slug)"), unique=True),
        CheckConstraint("effort BETWEEN 1 AND 13 AND length(name) >= 3", name="sane"),
        CheckConstraint("note IS NOT NULL"),
    )
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    name: Mapped[str] = mapped_column(String(40))
    slug: Mapped[str]
    code: Mapped[str] = mapped_column(CHAR(4), unique=True)
    effort: Mapped[int] = mapped_column(SmallInteger)
    price: Mapped[Decimal] = mapped_column(Numeric(8, 2))
    cost: Mapped[Decimal] = mapped_column(Cents)
    state: Mapped[State] = mapped_column(default=State.OPEN)
    kind: Mapped[str] = mapped_column(Enum("bug", "chore", name="kind"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(String))
    meta: Mapped[dict[str, Any]] = mapped_column(JSONB)
    host: Mapped[str] = mapped_column(INET)
    blob: Mapped[bytes] = mapped_column(LargeBinary)
    span: Mapped[dt.timedelta] = mapped_column(Interval)
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    note: Mapped[str | None]
    double: Mapped[int] = mapped_column(Computed("effort * 2"))


def fields(model: Any) -> dict[str, Any]:
    return {name: field.type for name, field in shape_of(model).by_name.items()}


def test_a_mapped_class_gives_the_types_of_its_values() -> None:
    found = fields(Task)
    assert found["price"] is found["cost"] is Decimal
    assert found["state"] is State
    assert found["tags"] == list[str]
    assert found["span"] is dt.timedelta
    assert found["host"] is str


def test_columns_and_checks_give_limits() -> None:
    by_name = shape_of(Task).by_name
    assert (by_name["effort"].limits.low, by_name["effort"].limits.high) == (1, 13)
    assert (by_name["name"].limits.min_length, by_name["name"].limits.max_length) == (3, 40)
    assert by_name["code"].limits.min_length == by_name["code"].limits.max_length == 4
    assert (by_name["price"].limits.precision, by_name["price"].limits.scale) == (8, 2)
    assert by_name["kind"].limits.choices == ("bug", "chore")
    assert by_name["at"].limits.aware is True
    assert not by_name["note"].nullable


def test_what_the_server_makes_is_computed() -> None:
    by_name = shape_of(Task).by_name
    assert [name for name, one in by_name.items() if one.computed] == ["id", "at", "double"]
    assert by_name["state"].default is State.OPEN
    assert by_name["name"].default is MISSING


def test_constraints_and_indexes_say_what_is_unique() -> None:
    shape = shape_of(Task)
    assert set(shape.uniques) == {("id",), ("team_id", "name"), ("slug",), ("code",)}
    assert shape.by_name["code"].unique
    assert not shape.by_name["name"].unique


def test_a_foreign_key_refers_to_a_field_of_another_shape() -> None:
    refers = shape_of(Task).by_name["team_id"].refers
    assert refers is not None
    assert (refers[0].model, refers[1].name) == (Team, "id")


def test_tables_and_imperative_mappings_are_read_too() -> None:
    metadata = MetaData()
    plain = Table("plain", metadata, Column("a", String(3), primary_key=True))
    mapped = Table("mapped", metadata, Column("a", ForeignKey("plain.a"), primary_key=True))

    class Mine:
        pass

    registry().map_imperatively(Mine, mapped)
    assert shape_of(plain).kind == "table"
    assert shape_of(Mine).kind == "sqlalchemy"
    refers = shape_of(Mine).by_name["a"].refers
    assert refers is not None
    assert isinstance(refers[0], Shape)


def test_dataclasses_and_pydantic_models_have_the_same_limits() -> None:
    @dataclass
    class Plain:
        size: Annotated[int, at.Gt(3)]

    class Model(BaseModel):
        size: int = Field(gt=3)

    for model in (Plain, Model):
        assert shape_of(model).by_name["size"].limits == Limits(low=3, above=True)


def test_what_is_no_model_is_told_with_what_is() -> None:
    with pytest.raises(CannotMeet, match="'customers' is no model") as raised:
        shape_of("customers")
    assert "a SQLAlchemy model or Table" in str(raised.value)
