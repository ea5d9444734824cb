"""Rows made in bulk keep to keys of several columns, refer to their own table, and never come twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Date,
    Engine,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    create_engine,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE, TSTZRANGE, Range
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from belljar.data.bulk import bulk
from belljar.data.bulk.errors import BulkFailed
from belljar.data.data import Data
from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import Factory, drawn, faked, fixed, one_of, sequence
from belljar.databases import PostgresServer
from belljar.databases.sqlite import sqlite_engine


class Base(DeclarativeBase):
    pass


class Member(Base):
    __tablename__ = "member"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    boss: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    email: Mapped[str] = mapped_column(unique=True)


class Line(Base):
    """Of a member's lines each has another number and kind; at most one is the first."""

    __tablename__ = "line"
    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    number: Mapped[int]
    kind: Mapped[str]
    first: Mapped[bool]
    __table_args__ = (
        UniqueConstraint("member_id", "number"),
        UniqueConstraint("member_id", "kind"),
    )


class Day(Base):
    __tablename__ = "day"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(Date, primary_key=True)


class Cell(Base):
    __tablename__ = "cell"
    x: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    y: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class Stay(Base):
    __tablename__ = "stay"
    id: Mapped[int] = mapped_column(primary_key=True)
    during: Mapped[Any] = mapped_column(TSTZRANGE)
    steps: Mapped[Any] = mapped_column(INT4MULTIRANGE)


def stays(draw: Draw) -> Range[Any]:
    return Range(draw.now, None, bounds="[)")


SQLITE = [table for name, table in Base.metadata.tables.items() if name != "stay"]
Index("one_first", Line.__table__.c.member_id, Line.__table__.c.kind, unique=True)


@pytest.fixture(params=["postgres", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = sqlite_engine(f"sqlite:///{tmp_path}/bulk.db")
        Base.metadata.create_all(engine, tables=SQLITE)
        yield engine
        engine.dispose()
        return
    server: PostgresServer = request.getfixturevalue("server")
    url = server.create_database()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()
    server.drop_database(url)


def count(engine: Engine, model: Any) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(model)) or 0


def test_rows_refer_to_their_own_table_where_its_keys_are_drawn(engine: Engine) -> None:
    bulk({Member: 12_000}, engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM member WHERE boss IS NULL")) == 1
        assert connection.scalar(text("SELECT count(DISTINCT boss) FROM member")) > 100


def test_keys_of_several_columns_are_kept_to(engine: Engine) -> None:
    class LineFactory(Factory[Line]):
        kind = one_of("a", "b", "c", "d")

    class CellFactory(Factory[Cell]):
        x = drawn(lambda draw: draw.random.randrange(40))
        y = drawn(lambda draw: draw.random.randrange(40))

    bulk({Member: 500, LineFactory: 1_500, Day: 20_000, CellFactory: 800}, engine)
    assert [count(engine, model) for model in (Line, Day, Cell)] == [1_500, 20_000, 800]


def test_a_key_that_can_not_be_kept_to_is_told_and_nothing_is_there(engine: Engine) -> None:
    class FullFactory(Factory[Cell]):
        x = one_of(1, 2)
        y = one_of(1, 2)

    with pytest.raises(BulkFailed, match=r"4 rows have another \(x, y\), and no further one"):
        bulk({Member: 10, FullFactory: 5}, engine)
    assert (count(engine, Member), count(engine, Cell)) == (0, 0)


def test_a_second_bulk_of_a_test_has_other_rows(engine: Engine) -> None:
    class MemberFactory(Factory[Member]):
        email = faked("email", unique=True)

    data = Data(Draw(0, "a test"))
    data.bulk({MemberFactory: 100}, into=engine)
    data.bulk({MemberFactory: 100}, into=engine)
    assert count(engine, Member) == 200


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ([Member], r"counts: how many rows of what is a mapping, and no list\n.*fix:   data.bulk"),
        ({Member: -1}, "-1 rows of member can't be made"),
        ({Member: True}, "True rows"),
        ({Member: 1.5}, "1.5 rows"),
    ],
)
def test_what_says_no_counts_is_told(engine: Engine, asked: Any, words: str) -> None:
    with pytest.raises(BulkFailed, match=words):
        bulk(asked, engine)
    with pytest.raises(BulkFailed, match="spread: None is no way"):
        bulk({Member: 1}, engine, spread=None)  # type: ignore[arg-type]  # what people write


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (sequence("\ud800{n}"), "one half of a character"),
        (sequence(lambda n: object()), "has no text of its own"),
        (sequence(lambda n: None if n == 15_000 else f"{n}@example.com"), "null value|NOT NULL"),
        (sequence(lambda n: f"{1 / (n - 15_000)}"), "ZeroDivisionError"),
    ],
)
def test_a_value_that_can_not_be_stored_leaves_nothing_behind(
    engine: Engine, value: Any, words: str
) -> None:
    class OddFactory(Factory[Member]):
        email = value

    with pytest.raises(CannotMeet, match=words):
        bulk({OddFactory: 20_000}, engine)
    assert count(engine, Member) == 0


def test_ranges_are_written_as_postgresql_reads_them(server: PostgresServer) -> None:
    class StayFactory(Factory[Stay]):
        during = drawn(stays)
        steps = fixed([Range(1, 3), Range(5, 8)])

    url = server.create_database()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    Base.metadata.create_all(engine, tables=[Base.metadata.tables["stay"]])
    bulk({StayFactory: 10}, engine)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT lower(during), steps::text FROM stay")).first()
        assert found == (Draw(0, "x").now, "{[1,3),[5,8)}")
    engine.dispose()
    server.drop_database(url)


def test_a_table_without_a_class_is_filled(tmp_path: Any) -> None:
    metadata = MetaData()
    pairs = Table("pair", metadata, Column("a", Integer), Column("b", Integer))
    engine = sqlite_engine(f"sqlite:///{tmp_path}/pairs.db")
    metadata.create_all(engine)
    assert bulk({pairs: 30}, engine).total == 30
    engine.dispose()


def test_a_connection_that_ends_midway_is_told_with_what_to_do(
    server: PostgresServer, request: pytest.FixtureRequest
) -> None:
    url = server.create_database()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    Base.metadata.create_all(engine)

    def cut(number: int) -> str:
        if number == 15_000:
            with engine.connect() as other:
                other.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
        return f"{number}@example.com"

    class CutFactory(Factory[Member]):
        email = sequence(cut)

    with pytest.raises(BulkFailed, match="fix:   load again when the server is back"):
        bulk({CutFactory: 30_000}, url)
    engine.dispose()
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    assert count(engine, Member) == 0
    engine.dispose()
    server.drop_database(url)
