"""What can't be stored is told with what to do, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Engine, ForeignKey, create_engine, func, select
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    mapped_column,
    relationship,
    sessionmaker,
)

from belljar.data import NotStored
from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory.storing import acreate, create, create_many
from belljar.databases import PostgresServer


class Base(DeclarativeBase):
    pass


class Owner(Base):
    __tablename__ = "owner"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Pet(Base):
    __tablename__ = "pet"
    __table_args__ = (CheckConstraint("legs >= 0", name="legs"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("owner.id"))
    owner: Mapped[Owner] = relationship()
    legs: Mapped[int]


class Missing(Base):
    __tablename__ = "missing"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


TABLES = Base.metadata.tables


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(params=["postgres", "sqlite"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/pets.db"
    else:
        server: PostgresServer = request.getfixturevalue("server")
        url = server.create_database().replace("postgresql:", "postgresql+psycopg:", 1)
    engine = create_engine(url)
    Base.metadata.create_all(engine, tables=[TABLES["owner"], TABLES["pet"]])
    yield engine
    engine.dispose()


@pytest.fixture
def draw() -> Draw:
    return Draw(0, "pets")


def count(engine: Engine, model: Any) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("asked", [-1, True, 1.5, "3", None])
def test_what_is_no_count_is_told(engine: Engine, draw: Draw, asked: Any) -> None:
    with pytest.raises(CannotMeet, match=r"create_many: there can't be .* of them"):
        create_many(draw, Owner, asked, engine)
    assert count(engine, Owner) == 0


@pytest.mark.parametrize(
    ("model", "values", "words"),
    [
        (Missing, {}, "fix:   make the table before"),
        (Pet, {"legs": -1}, "legs"),
        (Owner, {"name": "\ud800"}, "one half of a character"),
    ],
)
def test_a_refusal_says_what_to_do_and_nothing_is_there(
    engine: Engine, draw: Draw, model: Any, values: Any, words: str
) -> None:
    with pytest.raises(NotStored, match=words):
        create(draw, model, engine, **values)
    assert (count(engine, Owner), count(engine, Pet)) == (0, 0)


def test_an_engine_that_commits_each_row_stores_all_or_nothing(engine: Engine, draw: Draw) -> None:
    each = engine.execution_options(isolation_level="AUTOCOMMIT")
    with pytest.raises(NotStored, match="legs"):
        create(draw, Pet, each, legs=-1)
    assert count(engine, Owner) == 0
    assert create(draw, Pet, each).owner.id
    assert count(engine, Owner) == 1


def test_rows_of_one_statement_are_shown_one_by_one(server: PostgresServer, draw: Draw) -> None:
    engine = create_engine(
        server.create_database().replace("postgresql:", "postgresql+psycopg:", 1)
    )
    Base.metadata.create_all(engine, tables=[TABLES["owner"]])
    with pytest.raises(NotStored, match=r"the row: \{name='Ada'\}; \{name='Ada'\}\n"):
        create_many(draw, Owner, 2, engine, name="Ada")
    engine.dispose()


@pytest.mark.filterwarnings("ignore:Session's state has been changed")
def test_a_session_that_has_failed_says_so(engine: Engine, draw: Draw) -> None:
    with Session(engine) as session:
        with pytest.raises(NotStored, match="legs"):
            create(draw, Pet, session, legs=-1)
        with pytest.raises(NotStored, match=r"failed before.*\n  fix:   session.rollback\(\)"):
            create(draw, Pet, session)
        session.rollback()
        assert create(draw, Pet, session).id


def test_a_database_that_is_away_is_told(draw: Draw) -> None:
    away = create_engine("postgresql+psycopg://u:pass@127.0.0.1:1/shop")
    with pytest.raises(
        NotStored, match=r"into: the database can't be reached: .*refused"
    ) as caught:
        create(draw, Owner, away)
    assert "pass" not in str(caught.value)
    away.dispose()


def test_where_nothing_can_be_stored_is_told_without_its_password(
    draw: Draw, tmp_path: Path
) -> None:
    with pytest.raises(
        CannotMeet, match=r"//u:\*\*\*@db/shop'\n(.|\n)*fix:   say into=create_engine"
    ):
        create(draw, Owner, "postgresql://u:secret@db/shop")
    with pytest.raises(CannotMeet, match=r"fix:   call it: into=maker\(\)"):
        create(draw, Owner, sessionmaker())
    waiting = create_async_engine("postgresql+psycopg://u@127.0.0.1:1/shop")
    with pytest.raises(CannotMeet, match=r"fix:   await data.acreate\(...\)"):
        create(draw, Owner, waiting)
    engine = create_engine(f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(CannotMeet, match=r"fix:   data.create\(...\) without await"):
        asyncio.run(acreate(draw, Owner, engine))
    engine.dispose()
