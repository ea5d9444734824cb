"""SQLAlchemy on PostgreSQL: psycopg's own exceptions, and connections that are really broken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from belljar.faults import Faults


@pytest.fixture
def url(postgres: Any) -> Iterator[str]:
    made = postgres.create_database()
    plain = made.partition("://")[2]
    yield f"postgresql+psycopg://{plain}"
    postgres.drop_database(made)


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = create_engine(url)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    yield made
    made.dispose()


def insert(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (1)"))


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM t")).scalar_one())


def test_a_state_chooses_psycopg_s_own_exception(faults: Faults, engine: Engine) -> None:
    faults.on("sql", verb="INSERT").sql_error(sqlstate="40001", times=1)
    with pytest.raises(OperationalError, match="could not serialize access") as caught:
        insert(engine)
    assert type(caught.value.orig) is psycopg.errors.SerializationFailure
    assert caught.value.orig.sqlstate == "40001"
    insert(engine)
    assert count(engine) == 1


def test_a_broken_connection_is_invalidated_and_the_next_is_good(
    faults: Faults, engine: Engine
) -> None:
    faults.on("sql", verb="INSERT").reset(times=1)
    with pytest.raises(OperationalError, match="server closed the connection") as caught:
        insert(engine)
    assert caught.value.connection_invalidated
    assert count(engine) == 0
    insert(engine)
    assert count(engine) == 1


def test_a_commit_whose_answer_is_lost_is_in_the_database(faults: Faults, engine: Engine) -> None:
    faults.on("sql", method="commit").lose_answer(times=1)
    with pytest.raises(DBAPIError, match="server closed the connection") as caught:
        insert(engine)
    assert caught.value.connection_invalidated
    assert count(engine) == 1


def test_a_commit_on_a_broken_connection_is_not_done(faults: Faults, engine: Engine) -> None:
    faults.on("sql", method="commit").reset(times=1)
    with pytest.raises(DBAPIError):
        insert(engine)
    assert count(engine) == 0


def test_a_statement_whose_answer_is_lost_is_rolled_back_with_its_transaction(
    faults: Faults, engine: Engine
) -> None:
    faults.on("sql", verb="INSERT").lose_answer(times=1)
    with pytest.raises(DBAPIError) as caught:
        insert(engine)
    assert caught.value.connection_invalidated
    assert count(engine) == 0


def test_an_async_engine_is_no_exception(faults: Faults, engine: Engine, url: str) -> None:
    faults.on("sql", verb="INSERT").sql_error(sqlstate="40P01", times=1).latency(mean=0.05)
    faults.on("sql", method="commit").lose_answer(calls=1)

    async def attempt() -> list[str]:
        seen = []
        other = create_async_engine(url)
        for _ in range(3):
            try:
                async with other.begin() as connection:
                    await connection.execute(text("INSERT INTO t VALUES (1)"))
                seen.append("done")
            except DBAPIError as error:
                seen.append(type(error.orig).__name__)
        await other.dispose()
        return seen

    assert asyncio.run(attempt()) == ["DeadlockDetected", "OperationalError", "done"]
    assert count(engine) == 2
