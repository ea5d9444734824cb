"""Connections that share one transaction: to the application they are as real ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from belljar.databases import PostgresServer
from belljar.databases.isolation.connections import JoinedAsyncConnection, JoinedConnection
from belljar.databases.isolation.errors import Climb, IsolationTooWeak
from belljar.databases.isolation.outer import Outer

Connect = Callable[[], JoinedConnection]
TABLES = """
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
"""


@pytest.fixture(name="url")
def _url(server: PostgresServer) -> Iterator[str]:
    url = server.create_database()
    with psycopg.connect(url) as connection:
        connection.execute(TABLES.encode())
    yield url
    server.drop_database(url)


@pytest.fixture(name="make")
def _make(url: str) -> Iterator[Callable[..., Outer]]:
    made: list[Outer] = []

    def make(*, may_climb: bool = False) -> Outer:
        raw = psycopg.connect(url, autocommit=True)
        made.append(Outer(raw, lambda: psycopg.connect(url), may_climb=may_climb, deferrable=True))
        return made[-1]

    yield make
    for outer in made:
        outer.raw.close()


@pytest.fixture(name="outer")
def _outer(make: Callable[..., Outer]) -> Outer:
    return make()


@pytest.fixture(name="climbing")
def _climbing(make: Callable[..., Outer]) -> Outer:
    return make(may_climb=True)


def names(connection: psycopg.Connection[Any]) -> list[str]:
    """The parents that a connection sees."""
    rows = connection.execute("SELECT name FROM parent ORDER BY id").fetchall()
    return [row[0] for row in rows]


def add(connection: psycopg.Connection[Any], number: int, name: str) -> None:
    connection.execute("INSERT INTO parent VALUES (%s, %s)", [number, name])


def test_a_commit_lasts_for_the_test_and_for_nobody_else(outer: Outer, url: str) -> None:
    with JoinedConnection(outer) as first:
        add(first, 1, "ada")
    with JoinedConnection(outer) as second:
        assert names(second) == ["ada"]
    with psycopg.connect(url) as other:
        assert names(other) == []
    outer.command(b"ROLLBACK")
    with psycopg.connect(url) as other:
        assert names(other) == []


def test_a_rollback_undoes_what_came_since_the_commit_and_no_more(outer: Outer) -> None:
    with JoinedConnection(outer) as connection:
        add(connection, 1, "ada")
        connection.commit()
        add(connection, 2, "bob")
        connection.rollback()
        assert names(connection) == ["ada"]


def test_closing_without_a_commit_undoes(outer: Outer) -> None:
    connection = JoinedConnection(outer)
    add(connection, 1, "ada")
    connection.close()
    assert connection.closed
    with JoinedConnection(outer) as other:
        assert names(other) == []


def test_after_an_error_the_transaction_can_be_rolled_back_and_used_again(outer: Outer) -> None:
    with JoinedConnection(outer) as connection:
        add(connection, 1, "ada")
        connection.commit()
        with pytest.raises(psycopg.errors.UniqueViolation):
            add(connection, 1, "again")
        with pytest.raises(psycopg.errors.InFailedSqlTransaction):
            connection.execute("SELECT 1")
        connection.rollback()
        assert names(connection) == ["ada"]


def test_committing_a_failed_transaction_rolls_it_back(outer: Outer) -> None:
    """As PostgreSQL does with a real one."""
    with JoinedConnection(outer) as connection:
        add(connection, 1, "ada")
        with pytest.raises(psycopg.errors.UniqueViolation):
            add(connection, 1, "again")
        connection.commit()
        assert names(connection) == []


def test_a_deferred_constraint_is_checked_by_the_commit(outer: Outer) -> None:
    with JoinedConnection(outer) as connection:
        connection.execute("INSERT INTO child VALUES (1, 99)")
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.commit()
        connection.rollback()
        connection.execute("INSERT INTO child VALUES (1, 7)")
        add(connection, 7, "late")
        connection.commit()


def test_a_transaction_block_commits_and_its_failure_undoes(outer: Outer) -> None:
    with JoinedConnection(outer) as connection:
        with connection.transaction():
            add(connection, 1, "ada")
        with pytest.raises(ZeroDivisionError), connection.transaction():
            add(connection, 2, "bob")
            raise ZeroDivisionError
        with connection.transaction(), connection.transaction():
            add(connection, 3, "cyd")
        assert names(connection) == ["ada", "cyd"]


def test_in_autocommit_every_statement_stands_by_itself(outer: Outer) -> None:
    connection = JoinedConnection(outer)
    connection.autocommit = True
    add(connection, 1, "ada")
    with pytest.raises(psycopg.errors.UniqueViolation):
        add(connection, 1, "again")
    assert names(connection) == ["ada"]
    connection.close()
    with JoinedConnection(outer) as other:
        assert names(other) == ["ada"]


def test_sessions_in_turn_see_what_the_others_committed(outer: Outer) -> None:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: JoinedConnection(outer), poolclass=NullPool
    )
    with Session(engine) as session:
        session.execute(text("INSERT INTO parent VALUES (1, 'ada')"))
        session.commit()
        session.execute(text("INSERT INTO parent VALUES (2, 'bob')"))
        session.rollback()
        with session.begin_nested():
            session.execute(text("INSERT INTO parent VALUES (3, 'cyd')"))
        session.commit()
    with Session(engine) as session:
        assert session.scalars(text("SELECT name FROM parent ORDER BY id")).all() == ["ada", "cyd"]


def test_one_session_within_another_may_commit(outer: Outer) -> None:
    with JoinedConnection(outer) as first, JoinedConnection(outer) as second:
        add(first, 1, "ada")
        add(second, 2, "bob")
        second.commit()
        first.commit()
        assert names(first) == ["ada", "bob"]


def test_crossed_transactions_are_told_and_not_guessed(outer: Outer) -> None:
    """The inner one can't be undone alone once the outer one is committed."""
    with JoinedConnection(outer) as first, JoinedConnection(outer) as second:
        add(first, 1, "ada")
        add(second, 2, "bob")
        first.commit()
        with pytest.raises(IsolationTooWeak, match="can't be rolled back"):
            second.rollback()


def test_a_transaction_that_another_took_along_is_told(outer: Outer) -> None:
    with JoinedConnection(outer) as first, JoinedConnection(outer) as second:
        add(first, 1, "ada")
        add(second, 2, "bob")
        first.rollback()
        with pytest.raises(IsolationTooWeak, match="is gone"):
            second.execute("SELECT 1")


def test_async_connections_join_as_well(outer: Outer) -> None:
    async def work() -> list[str]:
        async with JoinedAsyncConnection(outer) as connection:
            await connection.execute("INSERT INTO parent VALUES (1, 'ada')")
        async with JoinedAsyncConnection(outer) as connection:
            await connection.execute("INSERT INTO parent VALUES (2, 'bob')")
            await connection.rollback()
            async with connection.transaction():
                await connection.execute("INSERT INTO parent VALUES (3, 'cyd')")
            cursor = await connection.execute("SELECT name FROM parent ORDER BY id")
            return [row[0] for row in await cursor.fetchall()]

    assert asyncio.run(work()) == ["ada", "cyd"]
    with JoinedConnection(outer) as connection:
        assert names(connection) == ["ada", "cyd"]


def test_a_connection_that_outlives_its_test_is_refused(outer: Outer) -> None:
    connection = JoinedConnection(outer)
    outer.over = True
    with pytest.raises(psycopg.OperationalError, match="has ended"):
        connection.execute("SELECT 1")


def test_two_open_transactions_climb_and_are_real_ones_then(climbing: Outer, url: str) -> None:
    """One does not see what the other has not committed, and waits for no outer transaction."""
    first, second = JoinedConnection(climbing), JoinedConnection(climbing)
    add(first, 1, "ada")
    assert names(second) == []
    assert "several transactions" in climbing.reason
    first.commit()
    assert names(second) == ["ada"]
    with psycopg.connect(url) as other:
        assert names(other) == ["ada"]


def test_what_was_committed_before_the_climb_is_there_for_all(climbing: Outer, url: str) -> None:
    with JoinedConnection(climbing) as first:
        add(first, 1, "ada")
    climbing.hazard("its URL was asked for")
    assert climbing.reason
    with psycopg.connect(url) as other:
        assert names(other) == ["ada"]


def test_a_reader_does_not_stand_in_the_way_of_a_climb(climbing: Outer) -> None:
    with JoinedConnection(climbing) as first:
        add(first, 1, "ada")
    reader, writer = JoinedConnection(climbing), JoinedConnection(climbing)
    assert names(reader) == ["ada"]
    add(writer, 2, "bob")
    assert climbing.reason
    assert names(reader) == ["ada"]
    writer.commit()
    assert names(reader) == ["ada", "bob"]


def test_a_connection_that_was_idle_goes_on_after_the_climb(climbing: Outer) -> None:
    idle, other = JoinedConnection(climbing), JoinedConnection(climbing)
    add(idle, 1, "ada")
    idle.commit()
    other.execute("CREATE TABLE made (i int)")
    other.commit()
    assert "CREATE" in climbing.reason
    add(idle, 2, "bob")
    idle.commit()
    assert names(other) == ["ada", "bob"]
    assert idle.execute("SELECT count(*) FROM made").fetchone() == (0,)


def test_what_cannot_be_split_asks_for_another_try(climbing: Outer) -> None:
    """Committed and uncommitted work in one transaction can't be told apart any more."""
    with JoinedConnection(climbing) as first:
        add(first, 1, "ada")
    writer, second = JoinedConnection(climbing), JoinedConnection(climbing)
    add(writer, 2, "bob")
    with pytest.raises(Climb):
        names(second)
    assert "several transactions" in climbing.needed


def test_listen_and_notify_work_after_a_climb(climbing: Outer, url: str) -> None:
    listener = JoinedConnection(climbing)
    listener.autocommit = True
    listener.execute("LISTEN news")
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("NOTIFY news, 'hello'")
    assert [note.payload for note in listener.notifies(timeout=5, stop_after=1)] == ["hello"]


def test_vacuum_climbs(climbing: Outer) -> None:
    connection = JoinedConnection(climbing)
    connection.autocommit = True
    connection.execute("VACUUM parent")
    assert "VACUUM" in climbing.reason


def test_an_isolation_level_is_a_real_one(climbing: Outer) -> None:
    connection = JoinedConnection(climbing)
    connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE
    row = connection.execute("SHOW transaction_isolation").fetchone()
    assert row == ("serializable",)


@pytest.mark.parametrize("autocommit", [False, True])
def test_many_rows_at_once_are_a_transaction_of_their_own(outer: Outer, autocommit: bool) -> None:
    """psycopg sends them through a pipeline, in which no savepoint can be set."""
    with JoinedConnection(outer) as first:
        first.autocommit = autocommit
        first.cursor().executemany("INSERT INTO parent VALUES (%s, %s)", [(1, "ada"), (2, "bob")])
        first.cursor().executemany("INSERT INTO parent VALUES (%s, %s)", [(3, "cleo")])
    with pytest.raises(psycopg.errors.UniqueViolation), JoinedConnection(outer) as second:
        second.autocommit = autocommit
        second.cursor().executemany("INSERT INTO parent VALUES (%s, %s)", [(4, "dan"), (1, "eve")])
    with JoinedConnection(outer) as third:
        assert names(third) == ["ada", "bob", "cleo"]


def test_async_code_sends_many_rows_at_once(outer: Outer) -> None:
    async def work() -> None:
        async with JoinedAsyncConnection(outer) as first:
            rows = [(1, "ada"), (2, "bob")]
            await first.cursor().executemany("INSERT INTO parent VALUES (%s, %s)", rows)

    asyncio.run(work())
    with JoinedConnection(outer) as second:
        assert names(second) == ["ada", "bob"]


def test_a_pipeline_climbs_because_it_may_commit_in_the_middle(climbing: Outer, url: str) -> None:
    with JoinedConnection(climbing) as first:
        add(first, 1, "ada")
    with JoinedConnection(climbing) as second, second.pipeline():
        add(second, 2, "bob")
        second.commit()
        add(second, 3, "cleo")
        second.rollback()
    assert climbing.reason == "it uses a pipeline"
    with psycopg.connect(url) as other:
        assert names(other) == ["ada", "bob"]


def test_a_pipeline_that_may_not_climb_is_one_transaction(outer: Outer) -> None:
    with JoinedConnection(outer) as first, first.pipeline():
        add(first, 1, "ada")
        add(first, 2, "bob")
    with (
        pytest.raises(IsolationTooWeak, match="inside a pipeline"),
        JoinedConnection(outer) as second,
        second.pipeline(),
    ):
        add(second, 3, "cleo")
        second.commit()
    with JoinedConnection(outer) as third:
        assert names(third) == ["ada", "bob"]


def test_many_statements_that_need_a_higher_rung_run_again_there(climbing: Outer) -> None:
    """In the middle of a pipeline there is no going on by itself."""
    with pytest.raises(Climb, match="pg_advisory_lock"), JoinedConnection(climbing) as first:
        first.cursor().executemany("SELECT pg_advisory_lock(%s)", [(1,), (2,)])
    assert climbing.needed
