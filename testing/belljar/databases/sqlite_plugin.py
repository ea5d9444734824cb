"""The fixtures `sqlite_database` and `sqlite_file`: a SQLite database of its own for each test.

    def test_an_order_is_stored(sqlite_database):
        with Session(sqlite_database.engine) as session:
            ...

Load it with `-p belljar.databases.sqlite_plugin`; `-p belljar.plugin` does when it is there. Each
test starts from what the fixture `sqlite_template` gives, in a tenth of a millisecond: the template
that the test target declares (`database = ":orders_db"`), or what a team's own fixture of that name
returns: a `SqliteTemplate`, the path of a SQLite file, or a function that migrates the database
whose URL it gets. Without any the database is empty.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from belljar.databases.errors import DatabaseError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from belljar.databases.sqlite_store import SqliteStore
    from belljar.databases.sqlite_template import SqliteTemplate
    from belljar.databases.store import Clone, Template

    State = SqliteTemplate | Path | Callable[[str], object] | None

__all__ = ["SqliteDatabase", "sqlite_database", "sqlite_file", "sqlite_template"]


class SqliteDatabase:
    """A database with foreign keys enforced; all connections to it end with the test."""

    def __init__(self, clone: Clone) -> None:
        self._clone = clone
        self._connections: list[sqlite3.Connection] = []

    def __repr__(self) -> str:
        return f"<SqliteDatabase {self.url}>"

    @property
    def url(self) -> str:
        """Its URL, as SQLAlchemy takes it; with `sqlite+aiosqlite` in front it serves async."""
        return self._clone.url

    @cached_property
    def engine(self) -> Engine:
        """A SQLAlchemy engine, on which transactions and savepoints mean what they say."""
        from belljar.databases.sqlite import sqlite_engine

        return sqlite_engine(self.url)

    def connect(self, **options: Any) -> sqlite3.Connection:
        """Return a connection, usable in any thread; `options` are those of `sqlite3.connect`."""
        from belljar.databases.sqlite import connect

        connection = connect(self.url, **{"check_same_thread": False, **options})
        self._connections.append(connection)
        return connection

    def close(self) -> None:
        """End every connection, and remove the database."""
        for connection in self._connections:
            connection.close()
        if "engine" in self.__dict__:
            self.engine.dispose()
        self._clone.close()


class Databases:
    """The databases of one worker: one store, and a template of it for each state asked for."""

    def __init__(self, *, on_disk: bool) -> None:
        # Imported here, so that tests without a database do not pay for it.
        from belljar.databases.sqlite_store import SqliteStore

        self.store: SqliteStore = SqliteStore(on_disk=on_disk).start()
        self._templates: dict[State, Template] = {}

    def new(self, state: State) -> SqliteDatabase:
        """Return a database in that state."""
        template = self._templates.get(state)
        if template is None:
            template = self._templates[state] = self._template(state)
        return SqliteDatabase(self.store.clone(template))

    def _template(self, state: State) -> Template:
        if state is None:
            return self.store.template(lambda url: None)
        if callable(state):
            return self.store.template(state)
        return self.store.open(state if isinstance(state, Path) else state.file)


@pytest.fixture(scope="session")
def sqlite_template() -> State:
    """Give the template that the test target declares; override it to give another state."""
    from belljar.databases.sqlite_template import SqliteTemplate

    try:
        return SqliteTemplate.declared()
    except DatabaseError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def _sqlite_in_memory() -> Iterator[Databases]:
    databases = Databases(on_disk=False)
    yield databases
    databases.store.stop()


@pytest.fixture(scope="session")
def _sqlite_on_disk() -> Iterator[Databases]:
    databases = Databases(on_disk=True)
    yield databases
    databases.store.stop()


@pytest.fixture
def sqlite_database(
    _sqlite_in_memory: Databases, sqlite_template: State
) -> Iterator[SqliteDatabase]:
    """Give a database in memory: `.url`, `.engine`, `.connect()`. For this process alone."""
    yield from _given(_sqlite_in_memory, sqlite_template)


@pytest.fixture
def sqlite_file(_sqlite_on_disk: Databases, sqlite_template: State) -> Iterator[SqliteDatabase]:
    """Give a database in a file, which other processes can open; else like `sqlite_database`."""
    yield from _given(_sqlite_on_disk, sqlite_template)


def _given(databases: Databases, state: State) -> Iterator[SqliteDatabase]:
    try:
        database = databases.new(state)
    except DatabaseError as error:
        pytest.fail(str(error), pytrace=False)
    yield database
    database.close()
