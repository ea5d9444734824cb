"""PostgreSQL, SQLite and Valkey keep the contract of a store, and a broken one does not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import valkey

from belljar.databases import (
    DatabaseError,
    ExistingValkey,
    PostgresServer,
    PostgresStore,
    SqliteStore,
    Store,
    ValkeyStore,
)
from belljar.databases.sqlite import connect
from belljar.databases.store_contract import StoreContract

pytest_plugins = ["pytester"]

TABLES = "CREATE TABLE users (name text PRIMARY KEY); INSERT INTO users VALUES ('Ada'), ('Bob');"
CHANGE = """
    INSERT INTO users SELECT 'user ' || count(*) FROM users; DELETE FROM users WHERE name = 'Bob';
    CREATE TABLE IF NOT EXISTS extra (n int);
"""


class TestSqliteInMemory(StoreContract):
    escaped = ("rows users: 1 new or changed, 1 gone or changed", "schema table extra: new")

    def make(self, folder: Path) -> Store:
        return SqliteStore()

    def fill(self, url: str) -> None:
        with closing(connect(url)) as connection:
            connection.executescript(TABLES)

    def change(self, url: str) -> None:
        with closing(connect(url)) as connection:
            connection.executescript(CHANGE)

    def state(self, url: str) -> object:
        with closing(connect(url)) as connection:
            schema = connection.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
            named = any("users" in str(row) for row in schema)
            rows = (
                connection.execute("SELECT name FROM users ORDER BY 1").fetchall() if named else 0
            )
            return schema, rows

    def hold(self, url: str) -> AbstractContextManager[object]:
        connection = connect(url)
        connection.execute("INSERT INTO users VALUES ('Eve')")
        return closing(connection)


class TestSqliteOnDisk(TestSqliteInMemory):
    def make(self, folder: Path) -> Store:
        return SqliteStore(on_disk=True, folder=folder)


@pytest.fixture(scope="module")
def running(server: PostgresServer) -> Iterator[PostgresServer]:
    """Let the class below reach the module's server."""
    TestPostgres.server = server
    yield server
    TestPostgres.server = None


@pytest.mark.usefixtures("running")
class TestPostgres(StoreContract):
    server: PostgresServer | None = None
    escaped = (
        "rows public.users: 2 instead",
        "schema table public.extra: new",
        "sequence public.numbers: at 7 instead of 1",
    )

    def make(self, folder: Path) -> Store:
        return PostgresStore(self.server)

    def fill(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute(TABLES)
            connection.execute("CREATE SEQUENCE numbers; INSERT INTO users VALUES ('Eve')")

    def change(self, url: str) -> None:
        with psycopg.connect(url) as connection:
            connection.execute(CHANGE)
            connection.execute("DELETE FROM users WHERE name = 'Eve'; SELECT setval('numbers', 7)")

    def state(self, url: str) -> object:
        with psycopg.connect(url) as connection:
            query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            names = connection.execute(f"{query} ORDER BY 1").fetchall()
            if ("users",) not in names:
                return names
            rows = connection.execute("SELECT name FROM users ORDER BY 1").fetchall()
            return names, rows, connection.execute("SELECT last_value FROM numbers").fetchone()

    def hold(self, url: str) -> AbstractContextManager[object]:
        return psycopg.connect(url)


class TestPostgresOfItsOwn(TestPostgres):
    def make(self, folder: Path) -> Store:
        return PostgresStore()


class TestValkey(StoreContract):
    escaped = ("key new: new", "key name: changed", "key list: gone")

    def make(self, folder: Path) -> Store:
        return ValkeyStore()

    def client(self, url: str) -> Any:
        return closing(valkey.Valkey.from_url(url))

    def fill(self, url: str) -> None:
        with self.client(url) as client:
            client.set("name", "Ada")
            client.rpush("list", *range(5))
            client.hset("hash", mapping={str(number): number for number in range(1000)})
            client.set("short-lived", "x", ex=1000)

    def change(self, url: str) -> None:
        with self.client(url) as client:
            client.incr("new")
            client.append("name", "!")
            client.delete("list")

    def state(self, url: str) -> object:
        with self.client(url) as client:
            return {key: (client.dump(key), client.ttl(key) >= 0) for key in client.scan_iter()}

    def hold(self, url: str) -> AbstractContextManager[object]:
        client = valkey.Valkey.from_url(url)
        client.ping()
        return closing(client)


def test_valkey_has_as_many_clones_as_numbers() -> None:
    with ValkeyStore() as store:
        template = store.template(lambda url: None)
        clones = [store.clone(template) for _ in range(16)]
        assert len({clone.url for clone in clones}) == 16
        with pytest.raises(DatabaseError, match="all 16 databases of this Valkey are in use"):
            store.clone(template)
        clones[3].close()
        assert store.clone(template).url == clones[3].url


def test_valkey_names_what_changed_for_every_number() -> None:
    """A setting and a function are the whole server's."""
    with ValkeyStore() as store:
        clone = store.clone(store.template(lambda url: None))
        client: Any = valkey.Valkey.from_url(clone.url)
        client.config_set("maxmemory", 10**9)
        client.function_load(
            "#!lua name=lib\nredis.register_function('f', function() return 1 end)"
        )
        client.close()
        assert [str(e) for e in store.verify(clone)] == [
            "functions lib: changed",
            "setting maxmemory: changed",
        ]


def test_an_existing_valkey_is_not_taken_over() -> None:
    with pytest.raises(DatabaseError, match="the store starts its own"):
        ValkeyStore(ExistingValkey("valkey://127.0.0.1/9"))


@pytest.mark.parametrize("store", [PostgresStore(), SqliteStore(on_disk=True), ValkeyStore()])
def test_a_store_that_is_not_started_says_so(store: Store) -> None:
    with pytest.raises(DatabaseError, match="is not started; use it in a `with`"):
        store.template(lambda url: None)


BROKEN = """
    import sqlite3
    from contextlib import closing
    from dataclasses import replace
    from belljar.databases import SqliteStore
    from belljar.databases.sqlite import connect
    from belljar.databases.store_contract import StoreContract

    class Broken(SqliteStore):
        {method}

    class TestBroken(StoreContract):
        escaped = ("rows t",)
        def make(self, folder): return Broken(on_disk=True, folder=folder)
        def fill(self, url): self.run(url, "create table t (n int); insert into t values (1)")
        def change(self, url): self.run(url, "insert into t values (2)")
        def run(self, url, sql):
            with closing(connect(url)) as connection:
                connection.executescript(sql)
        def state(self, url):
            with closing(connect(url)) as connection:
                try:
                    return connection.execute("select n from t").fetchall()
                except sqlite3.OperationalError:
                    return None
        def hold(self, url):
            connection = connect(url)
            connection.execute("insert into t values (3)")
            return closing(connection)
"""


@pytest.mark.parametrize(
    ("method", "test", "message"),
    [
        ("reset = property()", "it_is_a_store", "lacks a method"),
        ("def reset(self, clone): pass", "reset_brings", "reset() did not bring the state back"),
        ("def verify(self, clone): return []", "verify_names_what", "verify() says nothing"),
        ("def verify(self, clone): return []", "still_connected", "does not see the open"),
        ("def verify(self, clone): return ['x']", "is_silent", "clone is new, and verify() says"),
        ("def stop(self): pass", "stop_leaves", "stop() has left"),
        (
            "def clone(self, template):\n"
            "            self.only = getattr(self, 'only', None) or super().clone(template)\n"
            "            return replace(self.only, close=lambda: None)",
            "see_each_other",
            "a clone sees what was done in another",
        ),
        (
            "def clone(self, template):\n"
            "            return replace(super().clone(self.template(lambda url: None)))",
            "what_fill",
            "fill() has made nothing",
        ),
        (
            "def template(self, fill, base=None): return super().template(fill)",
            "build_on",
            "no such table: t",
        ),
    ],
)
def test_a_broken_store_fails(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    test: str,
    message: str,
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makeini("[pytest]\n")
    pytester.makepyfile(BROKEN.replace("{method}", method))
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-k", test)
    result.assert_outcomes(failed=1, deselected=11)
    result.stdout.fnmatch_lines([f"*{message}*"])
