"""Sequences have the template's values again after a test that was rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from belljar.databases import DatabaseError, PostgresServer
from belljar.databases.isolation import sequences as module
from belljar.databases.isolation.sequences import Sequences

Connection = psycopg.Connection[Any]
STATE = "SELECT last_value, is_called FROM "


@pytest.fixture
def connection(server: PostgresServer) -> Iterator[Connection]:
    """One that has a sequence never called, one called, one that was placed, and one with a cache."""
    with psycopg.connect(server.create_database(), autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE fresh; CREATE SEQUENCE used; SELECT nextval('used')")
        connection.execute("CREATE SEQUENCE placed; SELECT setval('placed', 7, false)")
        connection.execute("CREATE SEQUENCE cached CACHE 10; CREATE SEQUENCE down INCREMENT -1")
        connection.execute('CREATE SCHEMA "Other one"; CREATE SEQUENCE "Other one"."A""b"')
        yield connection


@pytest.fixture(params=["by oid", "one by one"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read sequences as PostgreSQL 18 can, and as those before do."""
    if request.param == "one by one":
        monkeypatch.setattr(module, "_DATA_SINCE", 1_000_000)


def value(connection: Connection, query: str) -> Any:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None


def test_nextval_gives_the_same_after_a_restore(connection: Connection) -> None:
    sequences = Sequences(connection)
    names = ["fresh", "used", "placed", "cached", "down", '"Other one"."A""b"']
    first = [value(connection, f"SELECT nextval('{name}')") for name in names]
    assert first == [1, 2, 7, 1, -1, 1]
    assert {each.was.oid for each in sequences.moved(connection)} == set(sequences.all)
    assert sequences.restore(connection) >= len(names)
    assert sequences.moved(connection) == []
    assert [value(connection, f"SELECT nextval('{name}')") for name in names] == first


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("fresh", "setval('fresh', 1)"),
        ("fresh", "setval('fresh', 9, false)"),
        ("used", "setval('used', 1, false)"),
        ("placed", "setval('placed', 7)"),
        ("placed", "setval('placed', 8, false)"),
    ],
)
def test_where_it_stands_and_whether_it_was_called_both_count(
    connection: Connection, name: str, change: str
) -> None:
    sequences = Sequences(connection)
    before = connection.execute(f"{STATE}{name}".encode()).fetchone()
    connection.execute(f"SELECT {change}".encode())
    assert [each.was.name for each in sequences.moved(connection)] == [f"public.{name}"]
    sequences.restore(connection)
    assert connection.execute(f"{STATE}{name}".encode()).fetchone() == before


def test_a_session_has_used_none_after_a_restore(connection: Connection) -> None:
    sequences = Sequences(connection)
    connection.execute("SELECT nextval('fresh')")
    sequences.restore(connection)
    for call in ("lastval()", "currval('fresh')"):
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
            connection.execute(f"SELECT {call}".encode())


def test_only_those_that_are_named_are_set_back(connection: Connection) -> None:
    sequences = Sequences(connection)
    connection.execute("SELECT nextval('fresh'), nextval('used')")
    by_name = {each.name: oid for oid, each in sequences.all.items()}
    assert sequences.restore(connection, []) == 0
    assert sequences.restore(connection, [by_name["public.used"]]) == 1
    assert [each.was.name for each in sequences.moved(connection)] == ["public.fresh"]


def test_restarting_inside_what_is_rolled_back_changes_nothing(connection: Connection) -> None:
    sequences = Sequences(connection)
    connection.execute("BEGIN")
    connection.execute("SELECT nextval('used'); ALTER SEQUENCE used RESTART WITH 40")
    connection.execute("SELECT nextval('used'); DROP SEQUENCE fresh")
    connection.execute("ROLLBACK")
    sequences.restore(connection)
    assert value(connection, "SELECT nextval('used')") == 2
    assert value(connection, "SELECT nextval('fresh')") == 1


def test_the_statements_are_made_again_when_the_test_has_deallocated_all(
    connection: Connection,
) -> None:
    sequences = Sequences(connection)
    connection.execute("SELECT nextval('fresh'); DEALLOCATE ALL")
    sequences.restore(connection)
    assert sequences.moved(connection) == []


def test_a_sequence_that_is_gone_is_told(connection: Connection) -> None:
    sequences = Sequences(connection)
    connection.execute("DROP SEQUENCE used")
    with pytest.raises(DatabaseError, match="could not open relation"):
        sequences.restore(connection)


def test_a_database_without_sequences_costs_nothing(server: PostgresServer) -> None:
    with psycopg.connect(server.create_database(), autocommit=True) as connection:
        sequences = Sequences(connection)
        assert sequences.restore(connection) == 0
        assert sequences.moved(connection) == []
