"""Every kind of thing that a test can leave behind is found, and is not when its check is off."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import psycopg
import pytest

from belljar.databases import PostgresServer
from belljar.databases.isolation.proof import KINDS, Proof
from belljar.databases.urls import database_of

Connection = psycopg.Connection[Any]
TEMPLATE = "CREATE TABLE orders (id serial PRIMARY KEY, note text); " + (
    "INSERT INTO orders (note) VALUES ('seed'); CREATE TABLE items (id int); "
    "CREATE TYPE mood AS ENUM ('good'); SELECT lo_from_bytea(4711, 'text')"
)


class Jar(NamedTuple):
    """A working database on which a test is about to run, and what that may use."""

    server: PostgresServer
    url: str
    inner: Connection

    def other(self, statements: str) -> None:
        """Run statements in another session, each committed, and close it."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for statement in statements.split("; "):
                connection.execute(statement.encode())

    def own(self, statements: str) -> None:
        """Run statements in the session of all tests."""
        for statement in statements.split("; "):
            self.inner.execute(statement.encode())

    def fail(self) -> None:
        """Leave the session's transaction in an error."""
        with pytest.raises(psycopg.errors.DivisionByZero):
            self.inner.execute("SELECT 1/0")

    def reference(self) -> Connection:
        """A connection to a fresh clone."""
        url = self.server.create_database(template="belljar_proof")
        return psycopg.connect(url, autocommit=True)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One with a template, on which transactions can be prepared."""
    with PostgresServer(settings={"max_prepared_transactions": "5"}) as server:
        with psycopg.connect(server.create_database("belljar_proof")) as connection:
            connection.execute(TEMPLATE.encode())
        yield server


@pytest.fixture
def jar(server: PostgresServer) -> Iterator[Jar]:
    url = server.create_database(template="belljar_proof")
    with psycopg.connect(url, autocommit=True) as inner:
        yield Jar(server, url, inner)
    with psycopg.connect(url, autocommit=True) as connection:
        for (gid,) in connection.execute("SELECT quote_literal(gid) FROM pg_prepared_xacts"):
            connection.execute(f"ROLLBACK PREPARED {gid}".encode())
    server.drop_database(url)


class Escape(NamedTuple):
    kind: str
    leave: Callable[[Jar], object]
    told: str


LEFT_OPEN: list[Connection] = []


def leave_a_session(jar: Jar) -> None:
    LEFT_OPEN.append(psycopg.connect(jar.url, application_name="forgotten"))


def other(kind: str, statements: str, told: str) -> Escape:
    return Escape(kind, lambda jar: jar.other(statements), told)


def own(kind: str, statements: str, told: str) -> Escape:
    return Escape(kind, lambda jar: jar.own(statements), told)


INSERT = "INSERT INTO items VALUES (1)"
ONE_MORE = "table public.items: 1 row more than the template (1, not 0)"
ROLE = f"belljar_{secrets.token_hex(4)}"
ESCAPES = {
    "rows of another connection": other("rows", INSERT, ONE_MORE),
    "rows and a COMMIT": own("rows", f"{INSERT}; COMMIT", ONE_MORE),
    "rows, COMMIT and BEGIN": own("rows", f"{INSERT}; COMMIT; BEGIN", ONE_MORE),
    "rows after a ROLLBACK": own("rows", f"ROLLBACK; BEGIN; {INSERT}; COMMIT; BEGIN", ONE_MORE),
    "rows without a transaction": own("rows", f"ROLLBACK; {INSERT}; BEGIN", ONE_MORE),
    "a COMMIT, hidden by an error": Escape(
        "rows",
        lambda jar: (
            jar.own(f"{INSERT}; COMMIT; BEGIN"),
            jar.fail(),
        ),
        ONE_MORE,
    ),
    "rows deleted": other("rows", "DELETE FROM orders", "public.orders: 1 row fewer than"),
    "rows truncated": other("rows", "TRUNCATE orders", "public.orders: 1 row fewer than"),
    "rows changed": other("rows", "UPDATE orders SET note = 'x'", "public.orders: not the same"),
    "a sequence": other(
        "sequences",
        "BEGIN; SELECT nextval('orders_id_seq'); ROLLBACK",
        "sequence public.orders_id_seq: moved by another connection (to 2, from 1)",
    ),
    "a table": other(
        "ddl", "CREATE TABLE left_over (id int PRIMARY KEY)", "table public.left_over"
    ),
    "a column": other("ddl", "ALTER TABLE orders ADD c int", "column c of table public.orders"),
    "no column": other(
        "ddl", "ALTER TABLE orders DROP note", "note of table public.orders: dropped"
    ),
    "a default": other("ddl", "ALTER TABLE orders ALTER note SET DEFAULT 'x'", "default value for"),
    "not null": other("ddl", "ALTER TABLE orders ALTER note SET NOT NULL", "changed (attnotnull)"),
    "an index": other("ddl", "CREATE INDEX i ON orders (note)", "index public.i: created"),
    "a function": other("ddl", "CREATE FUNCTION f() RETURNS int RETURN 1", "function public.f()"),
    "a view": other("ddl", "CREATE VIEW v AS SELECT 1", "view public.v: created"),
    "a type": other("ddl", "CREATE TYPE pair AS (a int)", "type public.pair: created"),
    "a label": other("ddl", "ALTER TYPE mood ADD VALUE 'bad'", "type public.mood: changed"),
    "an extension": other("ddl", "CREATE EXTENSION vector", "extension vector: created"),
    "a schema": other("ddl", "CREATE SCHEMA s", "schema s: created"),
    "no schema": other("ddl", "DROP SCHEMA public CASCADE", "schema public: dropped"),
    "a right": other("ddl", "GRANT SELECT ON orders TO PUBLIC", "orders: changed (relacl)"),
    "a comment": other(
        "ddl", "COMMENT ON TABLE orders IS 'x'", "public.orders: changed (pg_description)"
    ),
    "SET and a COMMIT": own(
        "settings", "SET work_mem = '7MB'; COMMIT", "SET work_mem: still set to"
    ),
    "ALTER DATABASE SET": Escape(
        "settings",
        lambda jar: jar.other(f"ALTER DATABASE {database_of(jar.url)} SET work_mem = '7MB'"),
        "SET work_mem: still set to '7MB'",
    ),
    "ALTER DATABASE": Escape(
        "settings",
        lambda jar: jar.other(f"ALTER DATABASE {database_of(jar.url)} CONNECTION LIMIT 7"),
        "ALTER DATABASE changed datconnlimit",
    ),
    "ALTER ROLE SET": other(
        "settings",
        "ALTER ROLE postgres SET work_mem = '7MB'",
        "ALTER ROLE \"postgres\" SET work_mem: still set to '7MB'",
    ),
    "ALTER SYSTEM": other(
        "settings", "ALTER SYSTEM SET work_mem = '7MB'", "ALTER SYSTEM SET work_mem: still '7MB'"
    ),
    "a lock": own("locks", "SELECT pg_advisory_lock(-7)", "advisory lock -7: still held"),
    "a lock of two numbers": own(
        "locks", "SELECT pg_advisory_lock_shared(7, -8)", "advisory lock (7, -8): still held"
    ),
    "a lock, after an error": Escape(
        "locks",
        lambda jar: (
            jar.own("SELECT pg_advisory_lock(7)"),
            jar.fail(),
        ),
        "advisory lock 7: still held",
    ),
    "a prepared transaction": own(
        "prepared", f"{INSERT}; PREPARE TRANSACTION 'it''s'", "transaction it's: still prepared"
    ),
    "another's prepared transaction": other(
        "prepared", f"BEGIN; {INSERT}; PREPARE TRANSACTION 'x'", "transaction x: still prepared"
    ),
    "a session": Escape("sessions", leave_a_session, "(user postgres, forgotten, idle)"),
    "a channel": own("channels", "COMMIT; LISTEN news", "channel news: still listened to"),
    "a statement": own("statements", "PREPARE mine AS SELECT 1", "prepared statement mine"),
    "a temporary table": own(
        "temporary", "CREATE TEMP TABLE t (id int); COMMIT", "temporary table t: still there"
    ),
    "a cursor": own(
        "cursors", "DECLARE c CURSOR WITH HOLD FOR SELECT 1; COMMIT", "cursor c WITH HOLD: still"
    ),
    "a notification": own(
        "notifications", "COMMIT; LISTEN n; NOTIFY n; UNLISTEN n", "notification on n: sent"
    ),
    "a large object": other("large_objects", "SELECT lo_create(77)", "large object 77: created"),
    "another large object": other(
        "large_objects", "SELECT lo_put(4711, 0, 'TE')", "large object 4711: rewritten"
    ),
    "a role": other("roles", f"CREATE ROLE {ROLE}", f"role {ROLE}: created"),
}


@pytest.fixture(autouse=True)
def put_right(server: PostgresServer) -> Iterator[None]:
    """Take away what is not looked at, and so not undone."""
    yield
    LEFT_OPEN.clear()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {ROLE}".encode())
        connection.execute("ALTER SYSTEM RESET ALL")
        connection.execute("ALTER ROLE postgres RESET ALL")


@pytest.mark.parametrize("name", ESCAPES)
def test_it_is_found_and_by_its_own_check_alone(jar: Jar, name: str) -> None:
    kind, leave, told = ESCAPES[name]
    proof = Proof(jar.inner)
    proof.begin(jar.inner)
    leave(jar)
    finding = proof.rollback(jar.inner)
    text = proof.verdict(jar.inner, jar.reference, finding=finding)
    assert told in text
    assert f"database(proof={{{kind!r}}})" in text


@pytest.mark.parametrize("name", ESCAPES)
def test_it_passes_when_its_check_is_off(jar: Jar, name: str) -> None:
    kind, leave, _ = ESCAPES[name]
    proof = Proof(jar.inner, off={kind})
    proof.begin(jar.inner)
    leave(jar)
    finding = proof.rollback(jar.inner)
    assert proof.verdict(jar.inner, jar.reference, finding=finding) == ""


def test_every_kind_is_planted() -> None:
    assert {escape.kind for escape in ESCAPES.values()} == set(KINDS)
