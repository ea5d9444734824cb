"""States of a database that one can come back to."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from threading import Event, Thread

import psycopg
import pytest
import sqlalchemy

from belljar.databases import (
    BadDatabaseName,
    BadSnapshot,
    DatabaseError,
    ExistingPostgres,
    PostgresServer,
    SessionsEnded,
    Snapshots,
)
from belljar.databases.urls import database_of

Ask = Callable[[str, str], object]


DATABASES = "SELECT array_agg(datname::text ORDER BY datname) FROM pg_database"


@pytest.fixture
def url(server: PostgresServer, ask: Ask) -> str:
    """Give a database with an empty table `t`."""
    url = server.create_database()
    ask(url, "CREATE TABLE t (x int GENERATED ALWAYS AS IDENTITY, y text); SELECT 1")
    return url


@pytest.fixture
def snapshots(server: PostgresServer, url: str) -> Iterator[Snapshots]:
    """Give its snapshots."""
    with Snapshots(server, url) as snapshots:
        yield snapshots


@pytest.fixture
def write(url: str, ask: Ask) -> Callable[[str], object]:
    """Add a row."""
    return lambda text: ask(url, f"INSERT INTO t (y) VALUES ('{text}') RETURNING y")


@pytest.fixture
def rows(url: str, ask: Ask) -> Callable[[], object]:
    """Give all rows, joined."""
    return lambda: ask(url, "SELECT coalesce(string_agg(y, ' ' ORDER BY x), '') FROM t")


def test_a_state_comes_back_as_often_as_wanted(
    snapshots: Snapshots, write: Callable[[str], object], rows: Callable[[], object]
) -> None:
    write("kept")
    snapshots.take("checkout-done")
    for _ in range(3):
        write("lost")
        assert rows() == "kept lost"
        snapshots.restore("checkout-done")
        assert rows() == "kept"


def test_tables_and_sequences_come_back_too(snapshots: Snapshots, url: str, ask: Ask) -> None:
    ask(url, "INSERT INTO t (y) VALUES ('a') RETURNING x")
    snapshots.take("one row")
    ask(url, "INSERT INTO t (y) VALUES ('b'); DROP TABLE t; CREATE TABLE other (); SELECT 1")
    snapshots.restore("one row")
    assert ask(url, "SELECT to_regclass('other')") is None
    assert ask(url, "INSERT INTO t (y) VALUES ('b') RETURNING x") == 2


def test_an_outer_snapshot_forgets_the_inner_ones(
    snapshots: Snapshots, write: Callable[[str], object], rows: Callable[[], object]
) -> None:
    for name in ("outer", "middle", "inner"):
        write(name)
        snapshots.take(name)
    snapshots.restore("middle")
    assert rows() == "outer middle"
    assert snapshots.names == ("outer", "middle")
    snapshots.restore("outer")
    assert rows() == "outer"
    with pytest.raises(BadSnapshot, match=r"no snapshot 'middle' \(it has: 'outer'\)"):
        snapshots.restore("middle")


def test_dropping_one_leaves_the_others(
    snapshots: Snapshots, write: Callable[[str], object], rows: Callable[[], object]
) -> None:
    for name in ("outer", "inner"):
        write(name)
        snapshots.take(name)
    snapshots.drop("outer")
    write("lost")
    snapshots.restore("inner")
    assert rows() == "outer inner"


def test_no_copy_is_left(server: PostgresServer, url: str, ask: Ask) -> None:
    before = ask(server.url, DATABASES)
    snapshots = Snapshots(server, url)
    snapshots.take("a")
    snapshots.take("b")
    snapshots.restore("a")
    snapshots.restore("a")
    snapshots.close()
    after = ask(server.url, DATABASES)
    assert isinstance(before, list) and isinstance(after, list)
    assert sorted(after) == sorted(before)


def test_what_alter_database_set_comes_back(snapshots: Snapshots, url: str, ask: Ask) -> None:
    """CREATE DATABASE ... TEMPLATE does not copy it."""
    name = database_of(url)
    ask(url, f'ALTER DATABASE "{name}" SET search_path TO "a ""b", public; SELECT 1')
    ask(url, f"ALTER ROLE postgres IN DATABASE \"{name}\" SET shop.mode TO 'it''s'; SELECT 1")
    snapshots.take("set")
    ask(url, f'ALTER DATABASE "{name}" SET search_path TO nowhere; SELECT 1')
    for _ in range(2):
        snapshots.restore("set")
        assert ask(url, "SHOW search_path") == '"a ""b", public'
        assert ask(url, "SHOW shop.mode") == "it's"


def test_a_session_in_the_way_is_ended_and_named(snapshots: Snapshots, url: str) -> None:
    with psycopg.connect(url, application_name="orders") as connection:
        connection.execute("SELECT 'the last that it did'")
        with pytest.warns(SessionsEnded) as caught:
            snapshots.take("a")
        message = str(caught[0].message)
        assert caught[0].filename == __file__
        for part in ("the snapshot 'a' ended 1 session", "orders (pid", "idle in transaction"):
            assert part in message
        assert "SELECT 'the last that it did'" in message
        with pytest.raises(psycopg.errors.AdminShutdown):
            connection.execute("SELECT 1")
    with psycopg.connect(url), pytest.warns(SessionsEnded, match="restoring the snapshot 'a'"):
        snapshots.restore("a")


def test_warnings_as_errors_leave_everything_done(
    snapshots: Snapshots, url: str, write: Callable[[str], object], rows: Callable[[], object]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", SessionsEnded)
        with psycopg.connect(url), pytest.raises(SessionsEnded):
            snapshots.take("a")
        write("lost")
        with psycopg.connect(url), pytest.raises(SessionsEnded):
            snapshots.restore("a")
    assert rows() == ""


def test_a_session_that_is_just_leaving_is_not_reported(
    server: PostgresServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("belljar.databases.sessions.LEAVING_SECONDS", 10.0)
    leaving = psycopg.connect(url, autocommit=True)
    begun = Event()

    def leave() -> None:
        with leaving:
            begun.set()
            leaving.execute("SELECT pg_sleep(0.05)")

    def quiesce() -> None:
        Thread(target=leave).start()
        begun.wait()

    with Snapshots(server, url, quiesce=quiesce) as snapshots, warnings.catch_warnings():
        warnings.simplefilter("error")
        snapshots.take("a")


@pytest.mark.filterwarnings("ignore::belljar.databases.SessionsEnded")
def test_who_comes_back_at_once_does_not_get_in_the_way(snapshots: Snapshots, url: str) -> None:
    over = Event()

    def come_back() -> None:
        while not over.is_set():
            with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
                connection.execute("SELECT pg_sleep(600)")

    thread = Thread(target=come_back)
    thread.start()
    try:
        snapshots.take("a")
        for _ in range(3):
            snapshots.restore("a")
    finally:
        over.set()
        snapshots.take("the last, which ends its session")
        thread.join()


def test_a_pool_that_is_disposed_of_notices_nothing(server: PostgresServer, url: str) -> None:
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    insert = sqlalchemy.text("INSERT INTO t (y) VALUES ('lost')")
    count = sqlalchemy.text("SELECT count(*) FROM t")
    with Snapshots(server, url, quiesce=engine.dispose) as snapshots, warnings.catch_warnings():
        warnings.simplefilter("error")
        snapshots.take("a")
        for _ in range(3):
            with engine.begin() as connection:
                connection.execute(insert)
            snapshots.restore("a")
            with engine.connect() as connection:
                assert connection.scalar(count) == 0
    engine.dispose()


def test_a_name_is_used_once(snapshots: Snapshots) -> None:
    snapshots.take("a")
    with pytest.raises(BadSnapshot, match="has a snapshot 'a' already"):
        snapshots.take("a")
    snapshots.drop("a")
    snapshots.take("a")


@pytest.mark.parametrize("name", ["", "x" * 38, "ä" * 19, "zero\0byte"])
def test_a_name_that_cannot_be_one_is_refused(snapshots: Snapshots, name: str) -> None:
    with pytest.raises(BadSnapshot, match="1 to 37 bytes"):
        snapshots.take(name)


def test_any_other_name_will_do(snapshots: Snapshots, rows: Callable[[], object]) -> None:
    for name in ('Ünusual "one" with/ all?', "x" * 37):
        snapshots.take(name)
        snapshots.restore(name)
    assert rows() == ""


def test_an_unknown_name_lists_the_known_ones(snapshots: Snapshots) -> None:
    with pytest.raises(BadSnapshot, match=r"no snapshot 'c' \(it has: none\)"):
        snapshots.restore("c")
    snapshots.take("a")
    snapshots.take("b")
    with pytest.raises(BadSnapshot, match=r"no snapshot 'c' \(it has: 'a', 'b'\)"):
        snapshots.drop("c")


def test_a_restore_that_fails_changes_nothing(
    server: PostgresServer,
    snapshots: Snapshots,
    url: str,
    ask: Ask,
    write: Callable[[str], object],
    rows: Callable[[], object],
) -> None:
    snapshots.take("a")
    write("still there")
    copies = ask(
        server.url, "SELECT array_agg(datname::text) FROM pg_database WHERE datname ~ '^a_'"
    )
    assert isinstance(copies, list)
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {copies[0]}".encode())
    with pytest.raises(DatabaseError, match=r"template database .* does not exist"):
        snapshots.restore("a")
    assert rows() == "still there"


def test_only_a_database_of_ours_has_snapshots(server: PostgresServer) -> None:
    with pytest.raises(BadDatabaseName, match="'postgres' is not a database that this run"):
        Snapshots(server, server.url)


def test_on_a_server_that_is_not_ours_createdb_is_enough(server: PostgresServer, ask: Ask) -> None:
    ask(server.url, "CREATE ROLE modest LOGIN CREATEDB; SELECT 1")
    given = server.create_database()
    modest = given.replace("postgres@", "modest@")
    with ExistingPostgres(modest) as existing:
        url = existing.create_database("mine")
        ask(url, "CREATE TABLE t (); SELECT 1")
        with Snapshots(existing, url) as snapshots:
            snapshots.take("a")
            with psycopg.connect(url, autocommit=True) as connection, pytest.warns(SessionsEnded):
                connection.execute("DROP TABLE t")
                snapshots.restore("a")
            assert ask(url, "SELECT to_regclass('t')::text") == "t"
    left = ask(server.url, DATABASES)
    assert isinstance(left, list)
    assert not [name for name in left if "mine" in name or "_a_" in name]
