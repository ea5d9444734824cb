"""The toxic `postgres` between psycopg and a real server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict

from belljar.databases import Postgres
from belljar.mocks.proxy import BadAttributes, BadRequest, FaultProxy

pytestmark = pytest.mark.integration

Connect = Callable[..., "psycopg.Connection[tuple[Any, ...]]"]


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> str:
    url = postgres.create_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY, name text)")
    return url


@pytest.fixture
def direct(database: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Give a connection that goes round the proxy, with an empty table."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("TRUNCATE orders")
        yield connection


@pytest.fixture
def proxy(database: str, direct: object) -> Iterator[FaultProxy]:
    parts = conninfo_to_dict(database)
    host, port = str(parts.get("host") or parts["hostaddr"]), parts.get("port") or 5432
    upstream = f"unix:{Path(host) / f'.s.PGSQL.{port}'}" if host[:1] == "/" else f"{host}:{port}"
    with FaultProxy(upstream) as proxy:
        yield proxy


@pytest.fixture
def through(database: str, proxy: FaultProxy) -> Connect:
    """Connect through the proxy."""

    def connect(**options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        options = {"host": proxy.host, "port": proxy.port, **options}
        return psycopg.connect(database, **options)

    return connect


def run(connection: psycopg.Connection[tuple[Any, ...]], statement: str, *values: Any) -> Any:
    """Give the first value that a statement returns."""
    cursor = connection.execute(statement.encode(), values or None)
    row = cursor.fetchone() if cursor.description else None
    return row[0] if row else None


def count(direct: psycopg.Connection[tuple[Any, ...]]) -> Any:
    """Give how many orders there really are."""
    return run(direct, "SELECT count(*) FROM orders")


def test_everything_passes_where_no_statement_is_meant(proxy: FaultProxy, through: Connect) -> None:
    proxy.add("postgres", text="nothing like it")
    with through() as connection:
        assert run(connection, "SELECT %s::int + 1", 1) == 2
        run(
            connection,
            "INSERT INTO orders SELECT n, repeat('x', 1000) FROM generate_series(1, 5000) n",
        )
        with connection.cursor() as cursor, cursor.copy("COPY orders TO STDOUT") as copy:
            assert sum(len(row) for row in copy) > 5_000_000
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY orders FROM STDIN") as copy,
        ):
            for number in range(6000, 8000):
                copy.write_row((number, "y" * 500))
        assert run(connection, "SELECT count(*) FROM orders") == 7000
        with connection.pipeline():
            cursors = [connection.execute("SELECT %s::int", (n,)) for n in range(50)]
        assert [cursor.fetchone() for cursor in cursors] == [(n,) for n in range(50)]
        with connection.cursor(name="server_side") as cursor:
            cursor.itersize = 100
            assert len(cursor.execute("SELECT * FROM orders").fetchall()) == 7000
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE orders SET name = %s WHERE id = %s", [("z", n) for n in range(9)]
            )
        run(connection, "LISTEN news")
        run(connection, "NOTIFY news, 'x'")
        connection.commit()
        assert next(connection.notifies(timeout=5, stop_after=1)).payload == "x"


def test_a_statement_fails_twice_then_passes(
    proxy: FaultProxy, through: Connect, direct: psycopg.Connection[tuple[Any, ...]]
) -> None:
    toxic = proxy.add("postgres", text="insert into ORDERS", sqlstate="40001", times=2)
    with through() as connection:
        for _ in range(2):
            with pytest.raises(errors.SerializationFailure, match="could not serialize"):
                run(connection, "INSERT INTO  orders VALUES (%s, %s)", 1, "a")
            with pytest.raises(errors.InFailedSqlTransaction):
                run(connection, "SELECT 1")
            connection.rollback()
        run(connection, "INSERT INTO orders VALUES (%s, %s)", 1, "a")
    assert count(direct) == 1
    assert (toxic.seen, toxic.applied) == (3, 2)
    assert [event["what"][:25] for event in proxy.record()] == ["error: INSERT INTO orders"] * 2


@pytest.mark.parametrize("simple", [True, False])
def test_an_error_has_the_code_and_words_that_were_asked_for(
    proxy: FaultProxy, through: Connect, simple: bool
) -> None:
    proxy.add("postgres", text="pg_sleep", sqlstate="40P01", message="it's 'dead' $locked$")
    with through(autocommit=True) as connection:
        cursor = psycopg.ClientCursor(connection) if simple else connection.cursor()
        with pytest.raises(errors.DeadlockDetected) as failed:
            cursor.execute("SELECT pg_sleep(%s)", (0,))
        assert failed.value.diag.message_primary == "it's 'dead' $locked$"
        assert cursor.execute("SELECT 1").fetchone() == (1,)


def test_an_error_in_a_pipeline_hits_its_statement(proxy: FaultProxy, through: Connect) -> None:
    proxy.add("postgres", regex=r"SELECT 2\b", times=1)
    with through(autocommit=True) as connection:
        with pytest.raises(errors.SerializationFailure), connection.pipeline() as pipeline:
            first = connection.execute("SELECT 1")
            pipeline.sync()
            connection.execute("SELECT 2")
        assert first.fetchone() == (1,)
        assert run(connection, "SELECT 2") == 2


def test_prepared_statements_are_known_by_their_text(proxy: FaultProxy, through: Connect) -> None:
    with through(autocommit=True) as connection:
        proxy.add("postgres", text="nothing")  # from here on it reads along

        def ask() -> Any:
            return connection.execute("SELECT %s::int * 3", (2,), prepare=True).fetchone()

        assert ask() == (6,)
        proxy.add("postgres", text="* 3", name="second", times=1)
        with pytest.raises(errors.SerializationFailure):
            ask()
        assert ask() == (6,)


def test_a_commit_that_fails_has_not_happened(
    proxy: FaultProxy, through: Connect, direct: psycopg.Connection[tuple[Any, ...]]
) -> None:
    proxy.add("postgres", on="commit", sqlstate="40001", times=1)
    with through() as connection:
        run(connection, "INSERT INTO orders VALUES (1, 'a')")
        with pytest.raises(errors.SerializationFailure):
            connection.commit()
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        run(connection, "INSERT INTO orders VALUES (2, 'b')")
        connection.commit()
    assert run(direct, "SELECT array_agg(id) FROM orders") == [2]


def test_a_commit_that_is_dropped_never_arrives(
    proxy: FaultProxy, through: Connect, direct: psycopg.Connection[tuple[Any, ...]]
) -> None:
    proxy.add("postgres", on="commit", action="drop")
    with through() as connection:
        run(connection, "INSERT INTO orders VALUES (1, 'a')")
        with pytest.raises(psycopg.OperationalError):
            connection.commit()
        assert connection.closed
    assert count(direct) == 0


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_commit_whose_answer_is_lost_has_happened(
    proxy: FaultProxy, through: Connect, direct: psycopg.Connection[tuple[Any, ...]], how: str
) -> None:
    proxy.add("postgres", on="commit", action="lose_answer", how=how)
    with through() as connection:
        run(connection, "INSERT INTO orders VALUES (1, 'a')")
        with pytest.raises(psycopg.OperationalError):
            connection.commit()
        assert connection.closed
    assert count(direct) == 1


def test_a_statement_by_itself_whose_answer_is_lost_has_happened(
    proxy: FaultProxy, through: Connect, direct: psycopg.Connection[tuple[Any, ...]]
) -> None:
    """Without a transaction it is done when the server is ready again, not when it says so first."""
    proxy.add("postgres", text="insert", action="lose_answer")
    with through(autocommit=True) as connection, pytest.raises(psycopg.OperationalError):
        run(connection, "INSERT INTO orders VALUES (%s, %s)", 1, "a")
    assert count(direct) == 1


def test_one_statement_is_late_and_others_are_not(proxy: FaultProxy, through: Connect) -> None:
    proxy.add("postgres", text="from orders", action="delay", latency=300, times=1)
    with through(autocommit=True) as connection:

        def seconds(statement: str) -> float:
            start = time.monotonic()
            run(connection, statement)
            return time.monotonic() - start

        assert seconds("SELECT 1") < 0.25
        assert 0.3 <= seconds("SELECT count(*) FROM orders") < 0.8
        assert seconds("SELECT count(*) FROM orders") < 0.25


def test_a_result_breaks_off_after_so_many_rows(proxy: FaultProxy, through: Connect) -> None:
    proxy.add("postgres", text="generate_series", action="cut", rows=3)
    with through(autocommit=True) as connection:
        rows: list[Any] = []
        with pytest.raises(psycopg.OperationalError), connection.cursor() as cursor:
            rows += cursor.stream("SELECT n FROM generate_series(1, 10) n")
            rows.clear()
        with pytest.raises(psycopg.OperationalError):
            run(connection, "SELECT 1")


def test_a_server_that_does_not_answer_hangs_the_client(
    proxy: FaultProxy, through: Connect
) -> None:
    proxy.add("postgres", text="select 1", action="hang")
    with through(autocommit=True) as connection, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(run, connection, "select 1")
        with pytest.raises(FutureTimeout):
            asked.result(0.3)
        proxy.reset_connections()
        with pytest.raises(psycopg.OperationalError):
            asked.result(10)


def test_a_fatal_error_ends_the_connection(proxy: FaultProxy, through: Connect) -> None:
    proxy.add("postgres", text="select 1", severity="FATAL", sqlstate="57P01", message="going down")
    with through(autocommit=True) as connection:
        assert run(connection, "select 2") == 2
        with pytest.raises(errors.AdminShutdown, match="going down"):
            run(connection, "select 1 where %s", True)
        assert connection.closed


def test_new_connections_are_refused_for_a_while(proxy: FaultProxy, through: Connect) -> None:
    said = "sorry, too many clients already"
    proxy.add("postgres", on="connect", sqlstate="53300", message=said, times=2)
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError, match=said):
            through()
    through().close()


def test_a_toxic_may_happen_to_whole_connections(proxy: FaultProxy, through: Connect) -> None:
    proxy.add("postgres", text="select 1", per="connection", times=1)
    with through(autocommit=True) as first, through(autocommit=True) as second:
        for _ in range(2):
            with pytest.raises(errors.SerializationFailure):
                run(first, "select 1")
        assert run(second, "select 1") == 1


def test_encryption_is_declined_so_that_statements_can_be_read(
    proxy: FaultProxy, through: Connect
) -> None:
    proxy.add("postgres", text="select 1")
    with (
        through(sslmode="prefer", gssencmode="prefer") as connection,
        pytest.raises(errors.SerializationFailure),
    ):
        run(connection, "select 1")
    with pytest.raises(psycopg.OperationalError, match="SSL"):
        through(sslmode="require")


def test_a_statement_can_be_cancelled_through_the_proxy(
    proxy: FaultProxy, through: Connect, direct: psycopg.Connection[tuple[Any, ...]]
) -> None:
    proxy.add("postgres", text="pg_sleep", action="delay", latency=0)
    with through(autocommit=True) as connection, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(run, connection, "SELECT pg_sleep(20)")
        active = "SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(20)'"
        while not run(direct, active + " AND state = 'active'"):
            assert not asked.done()
        connection.cancel_safe(timeout=10)
        with pytest.raises(errors.QueryCanceled):
            asked.result(10)


def test_a_connection_that_was_open_before_has_the_toxic_too(
    proxy: FaultProxy, through: Connect
) -> None:
    with through(autocommit=True) as connection:
        assert run(connection, "select 1") == 1
        with proxy.add("postgres", text="select 1"), pytest.raises(errors.SerializationFailure):
            run(connection, "select 1")
        assert run(connection, "select 1") == 1


def test_messages_may_come_byte_by_byte(
    proxy: FaultProxy, through: Connect, direct: psycopg.Connection[tuple[Any, ...]]
) -> None:
    """The bytes of both sides are cut up before the session sees them."""
    proxy.add("postgres", text="insert into orders", times=1)
    with FaultProxy(proxy.address) as first:
        for stream in ("upstream", "downstream"):
            first.add("slicer", stream=stream, average_size=2, size_variation=1)
        with through(host=first.host, port=first.port) as connection:
            with pytest.raises(errors.SerializationFailure):
                run(connection, "INSERT INTO orders VALUES (%s, %s)", 1, "a")
            connection.rollback()
            run(connection, "INSERT INTO orders VALUES (%s, %s)", 1, "a")
            connection.commit()
            assert run(connection, "SELECT name FROM orders") == "a"
    assert count(direct) == 1


def test_impossible_toxics_are_refused(proxy: FaultProxy) -> None:
    with pytest.raises(BadAttributes, match="give the five letters of an error"):
        proxy.add("postgres", sqlstate="00000")
    with pytest.raises(BadAttributes, match="is no regular expression"):
        proxy.add("postgres", regex="(")
    with pytest.raises(BadAttributes, match="has no answer to lose"):
        proxy.add("postgres", on="connect", action="lose_answer")
    with pytest.raises(BadAttributes, match="one of error, delay, drop"):
        proxy.add("postgres", action="explode")
    proxy.add("postgres")
    with pytest.raises(BadRequest, match="speaks postgres"):
        proxy.add("valkey")
