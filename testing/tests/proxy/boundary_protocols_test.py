"""Databases behind proxies as boundaries of fault plans: statements and commands, with real clients."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import valkey as client
from psycopg.conninfo import conninfo_to_dict
from valkey.backoff import NoBackoff
from valkey.exceptions import BusyLoadingError, ConnectionError, TimeoutError
from valkey.retry import Retry

from belljar.databases import Postgres
from belljar.faults import Faults, ImpossibleFault, Plan
from belljar.faults.kind import kinds
from belljar.mocks.proxy import FaultProxy
from belljar.mocks.proxy.boundary import ProxyBoundary

if TYPE_CHECKING:
    from belljar.databases.valkey import ValkeyServer

pytestmark = pytest.mark.integration

Connection = psycopg.Connection[tuple[Any, ...]]
Connect = Callable[..., Connection]
# What a kind needs to be told.
NEEDED: dict[str, dict[str, Any]] = {
    "cut": {"after": 5},
    "latency": {"mean": 0.1},
    "slice": {"size": 10},
    "slow": {"bytes_per_second": 5000.0},
}


@pytest.fixture
def faults() -> Iterator[Faults]:
    session = Faults(seed=7, test="x_test.py::test_one")
    yield session
    session.close()


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> str:
    url = postgres.create_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE orders (id int PRIMARY KEY)")
    return url


@pytest.fixture
def direct(database: str) -> Iterator[Connection]:
    """Give a connection that goes round the proxy, with an empty table."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("TRUNCATE orders")
        yield connection


@pytest.fixture
def open_db(database: str, direct: object, faults: Faults) -> Iterator[Connect]:
    """Connect through a proxy that is the boundary `orders_db`."""
    parts = conninfo_to_dict(database)
    host, port = str(parts.get("host") or parts["hostaddr"]), parts.get("port") or 5432
    upstream = f"unix:{Path(host) / f'.s.PGSQL.{port}'}" if host[:1] == "/" else f"{host}:{port}"
    with FaultProxy(upstream, protocol="postgres") as proxy:
        faults.register(ProxyBoundary("orders_db", "postgres", proxy))
        opened: list[Connection] = []

        def connect(**options: Any) -> Connection:
            opened.append(
                psycopg.connect(database, **{"host": proxy.host, "port": proxy.port, **options})
            )
            return opened[-1]

        yield connect
        for connection in opened:
            connection.close()
        faults.close()


def stored(direct: Connection) -> list[int]:
    return [row[0] for row in direct.execute("SELECT id FROM orders ORDER BY id")]


def insert(connection: Connection, number: int) -> None:
    connection.execute("INSERT INTO orders VALUES (%s)", [number])
    connection.commit()


def test_a_commit_whose_answer_gets_lost_is_done(
    open_db: Connect, direct: Connection, faults: Faults
) -> None:
    connection = open_db()
    faults.on("orders_db", verb="COMMIT").lose_answer(calls=[2])
    insert(connection, 1)
    with pytest.raises(psycopg.OperationalError):
        insert(connection, 2)
    assert stored(direct) == [1, 2]
    (note,) = faults.happened("orders_db")
    assert str(note).endswith("orders_db: COMMIT: lose_answer (faults[0], call 2)")


def test_a_statement_that_fails_is_not_done(
    open_db: Connect, direct: Connection, faults: Faults
) -> None:
    connection = open_db()
    faults.on("orders_db", statement="INSERT INTO orders*").sql_error(sqlstate="40001", times=1)
    with pytest.raises(psycopg.errors.SerializationFailure):
        insert(connection, 1)
    connection.rollback()
    insert(connection, 2)
    assert stored(direct) == [2]


def test_garbage_from_the_database_is_no_answer(
    open_db: Connect, direct: Connection, faults: Faults
) -> None:
    connection = open_db()
    faults.on("orders_db", verb="INSERT").garbage(size=40)
    with pytest.raises(psycopg.DatabaseError, match="lost synchronization"):
        insert(connection, 1)
    assert stored(direct) == []


def test_a_connection_can_be_refused(open_db: Connect, faults: Faults) -> None:
    faults.on("orders_db", verb="CONNECT").refuse(times=1)
    with pytest.raises(psycopg.OperationalError):
        open_db()
    open_db().execute("SELECT 1")


def test_a_slow_answer_is_of_its_statement_only(open_db: Connect, faults: Faults) -> None:
    connection = open_db(autocommit=True)
    faults.on("orders_db", verb="SELECT").slice(size=100, delay=0.01, times=1)
    took = []
    for _ in range(2):
        begun = time.monotonic()
        rows = "SELECT repeat('x', 1000) FROM generate_series(1, 5)"
        assert len(connection.execute(rows).fetchall()) == 5
        took.append(time.monotonic() - begun)
    assert took[0] > 0.4
    assert took[1] < took[0] / 2
    assert [note.fault.number for note in faults.happened("orders_db")] == [1]


def test_statements_are_noted_with_verb_and_text(open_db: Connect, faults: Faults) -> None:
    connection = open_db()
    boundary = faults.boundary("orders_db")
    boundary.watch()
    connection.execute("INSERT  INTO orders\n VALUES (%s)", [7])
    connection.commit()
    noted = [(one.call.get("verb"), one.call.get("statement")) for one in boundary.calls()]
    assert noted == [
        ("BEGIN", "BEGIN"),
        ("INSERT", "INSERT INTO orders VALUES ($1)"),
        ("COMMIT", "COMMIT"),
    ]
    boundary.watch()
    connection.execute("END")
    assert [one.call.get("verb") for one in boundary.calls()] == ["BEGIN", "COMMIT"]


def test_a_statement_that_nobody_answered_fails_when_the_test_ends(
    open_db: Connect, faults: Faults
) -> None:
    connection = open_db(autocommit=True)
    faults.on("orders_db").timeout(times=1)
    failed: list[Exception] = []

    def run() -> None:
        try:
            connection.execute("SELECT 1")
        except psycopg.Error as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not faults.happened("orders_db"):
        thread.join(0.01)
    faults.close()
    thread.join(20)
    assert [type(error) for error in failed] == [psycopg.OperationalError]


@pytest.mark.parametrize("family", ["tcp", "postgres", "valkey"])
def test_every_kind_that_fits_the_family_is_taken(family: str) -> None:
    boundary = ProxyBoundary("there", family)
    session = Faults(seed=7)
    session.register(boundary)
    fit = sorted(name for name, kind in kinds().items() if family in kind.fits)
    for kind in fit:
        session.on("there").plan(kind, NEEDED.get(kind, {}))
    assert [rule.kind for rule in session.plan.rules] == fit
    session.close()


def test_an_error_that_no_server_can_send_is_refused_with_the_choices(
    open_db: Connect, faults: Faults
) -> None:
    with pytest.raises(ImpossibleFault, match="or a sqlstate"):
        faults.on("orders_db").sql_error(error="InterfaceError")


@pytest.fixture
def cache(valkey: ValkeyServer, faults: Faults) -> Iterator[Any]:
    """A client through a proxy that is the boundary `valkey`; it never tries again."""
    direct: Any = client.Valkey.from_url(valkey.url)
    direct.flushall()
    where = direct.connection_pool.connection_kwargs
    upstream = f"unix:{where['path']}" if "path" in where else f"{where['host']}:{where['port']}"
    with FaultProxy(upstream, protocol="valkey") as proxy:
        faults.register(ProxyBoundary("valkey", "valkey", proxy))
        through: Any = client.Valkey(
            host=proxy.host, port=proxy.port, retry=Retry(NoBackoff(), 0), socket_timeout=0.5
        )
        yield through
        through.close()
        faults.close()
    direct.close()


def test_a_command_fails_for_its_key(cache: Any, faults: Faults) -> None:
    faults.on("valkey", command="GET", key="stock:*").valkey_error(times=1)
    assert cache.get("other") is None
    with pytest.raises(BusyLoadingError):
        cache.get("stock:1")
    assert cache.get("stock:1") is None


def test_a_command_is_done_and_its_answer_lost(cache: Any, faults: Faults) -> None:
    faults.on("valkey", command="INCRBY").lose_answer(calls=[1])
    with pytest.raises(ConnectionError):
        cache.incr("n")
    assert cache.incr("n") == 2


def test_a_command_is_never_answered(cache: Any, faults: Faults) -> None:
    faults.on("valkey", command="SET").timeout(times=1)
    with pytest.raises(TimeoutError):
        cache.set("a", 1)
    assert cache.get("a") is None


def test_garbage_from_the_cache_is_no_answer(cache: Any, faults: Faults) -> None:
    cache.ping()
    faults.on("valkey", command="SET").garbage(times=1)
    with pytest.raises((ConnectionError, client.exceptions.InvalidResponse)):
        cache.set("a", 1)
    assert cache.get("a") is None


def test_commands_are_noted_with_their_keys(cache: Any, faults: Faults) -> None:
    cache.ping()
    boundary = faults.boundary("valkey")
    boundary.watch()
    cache.set("a", 1)
    cache.eval("return redis.call('GET', KEYS[1])", 1, "b")
    noted = [(one.call.get("command"), one.call.get("key")) for one in boundary.calls()]
    assert noted == [("SET", "a"), ("EVAL", "b")]


def test_a_record_names_the_statements_that_failed(open_db: Connect, faults: Faults) -> None:
    connection = open_db(autocommit=True)
    faults.on("orders_db", verb="SELECT").sql_error(sqlstate="40001", probability=0.5)

    def fails() -> bool:
        try:
            connection.execute("SELECT 1")
        except psycopg.errors.SerializationFailure:
            return True
        return False

    first = [fails() for _ in range(12)]
    record = Plan.loads(faults.record().dumps())
    assert record.rules[0].when.calls == tuple(n for n, bad in enumerate(first, 1) if bad)
