"""`GraphDatabases`: the databases that a graph's services and its tests share, put back between tests.

    databases = GraphDatabases(config, {"orders_db": template, "valkey": "valkey"})
    databases.url("orders_db")      # made when first asked for
    ...                             # a test
    complaints = databases.reset()  # while the services stay connected

Each is one database for all services and all tests of this process.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from belljar.databases.errors import DatabaseError
from belljar.databases.isolation.shared_databases import SHARED_DATABASES
from belljar.databases.sqlite_template import SqliteTemplate
from belljar.databases.template import PostgresTemplate
from belljar.services.databases_addresses import address_of
from belljar.services.databases_postgres import GraphPostgres, Outcome
from belljar.services.databases_servers import servers_of
from belljar.services.databases_sqlite import GraphSqlite
from belljar.services.databases_valkey import GraphValkey

if TYPE_CHECKING:
    from typing import Literal, TypeAlias

    Declared: TypeAlias = PostgresTemplate | SqliteTemplate | Literal["valkey"]
    GraphDatabase: TypeAlias = GraphPostgres | GraphSqlite | GraphValkey

__all__ = ["DatabaseSocket", "GraphDatabases"]


class DatabaseSocket(NamedTuple):
    """Where a database's server listens (`Fence.register(*socket)`), and what is behind it."""

    address: str
    label: str
    name: str


class Slot:
    """One database, and the next one when its server has died."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.database: GraphDatabase | None = None


class GraphDatabases:
    """The declared databases, by name, each made when first asked for.

    With a pytest config they are on the run's servers, and the fixtures `database` and `databases`
    of a test that uses `services` are these; with None on servers of their own, whose logs go to
    `logs`. `labels` are what complaints call them besides. `url` may be called by many threads,
    `reset` and `close` by one that knows that no test runs.
    """

    def __init__(
        self,
        config: pytest.Config | None,
        declared: Mapping[str, Declared],
        *,
        labels: Mapping[str, str] | None = None,
        logs: Path | None = None,
    ) -> None:
        self.declared = dict(declared)
        self._labels = dict(labels or {})
        self._config = config
        self._servers = servers_of(config, logs)
        self._slots = {name: Slot() for name in self.declared}
        self._cut: frozenset[str] = frozenset()
        if config is not None:
            config.stash[SHARED_DATABASES] = self

    def __repr__(self) -> str:
        made = [name for name, slot in self._slots.items() if slot.database is not None]
        return f"<GraphDatabases {', '.join(self.declared) or 'none'} (made: {', '.join(made)})>"

    def url(self, name: str) -> str:
        """Return the URL of that database, which is there. Raises `DatabaseError`."""
        return self._get(name).url

    def get(self, name: str) -> GraphDatabase:
        """Return that database: its URL, and what puts it back."""
        return self._get(name)

    def reset(self) -> list[str]:
        """Put every database back to what its template has; return what stood in the way.

        A complaint is for the test that has just ended. Services whose connections had to be ended
        for it use one of `cut`: start them again.
        """
        complaints: list[str] = []
        cut: set[str] = set()
        for name, slot in self._slots.items():
            if slot.database is None:
                continue
            try:
                outcome = slot.database.reset()
            except DatabaseError as error:
                # On a new server, and under another URL, when it is asked for again.
                outcome = Outcome([f"{self._title(name)} is given up: {error}"], cut=True)
                self._give_up(slot)
            complaints += outcome.complaints
            if outcome.cut:
                cut.add(name)
        self._cut = frozenset(cut)
        return complaints

    @property
    def cut(self) -> frozenset[str]:
        """The names of databases whose users lost their connections in the last `reset`."""
        return self._cut

    def postgres_for(self, template: PostgresTemplate | None, name: str) -> GraphPostgres | None:
        """Return the database that the fixture `database` is in a test with services.

        That is the one of the same template; or, for a test without one, the one of that `name`, or
        the only one. None: it is none of ours.
        """
        ours = {
            known: each.key
            for known, each in self.declared.items()
            if isinstance(each, PostgresTemplate)
        }
        if template is not None:
            chosen = [known for known, key in ours.items() if key == template.key]
            if name in chosen:
                chosen = [name]
        elif name in ours:
            chosen = [name]
        else:
            chosen = list(ours) if name == "default" and len(ours) == 1 else []
        if not chosen:
            return None
        database = self._get(chosen[0])
        return database if isinstance(database, GraphPostgres) else None

    def sockets(self) -> list[DatabaseSocket]:
        """Return where the servers of those that are made listen; SQLite has none."""
        found = []
        for name, slot in self._slots.items():
            address = address_of(slot.database.url) if slot.database is not None else ""
            if address:
                found.append(DatabaseSocket(address, self._labels.get(name, ""), name))
        return found

    def close(self) -> None:
        """Remove all of them; services are stopped before."""
        for slot in self._slots.values():
            self._give_up(slot)
        self._servers.close()
        if self._config is not None and self._config.stash.get(SHARED_DATABASES, None) is self:
            del self._config.stash[SHARED_DATABASES]

    def _get(self, name: str) -> GraphDatabase:
        slot = self._slots.get(name)
        if slot is None:
            known = ", ".join(map(repr, self.declared)) or "none"
            raise DatabaseError(
                f"the graph has no database {name!r} (it has: {known})\n"
                f"  fix: add it to `databases` of the test_service that uses it"
            )
        with slot.lock:
            if slot.database is None:
                slot.database = self._make(name)
            return slot.database

    def _make(self, name: str) -> GraphDatabase:
        declared = self.declared[name]
        title = self._title(name)
        if isinstance(declared, PostgresTemplate):
            return GraphPostgres(title, self._servers.postgres(declared), declared)
        if isinstance(declared, SqliteTemplate):
            return GraphSqlite(title, name, declared)
        return GraphValkey(title, self._servers.valkey())

    def _title(self, name: str) -> str:
        label = self._labels.get(name, "")
        return f"database {name!r} ({label})" if label else f"database {name!r}"

    def _give_up(self, slot: Slot) -> None:
        database, slot.database = slot.database, None
        if database is not None:
            database.close()
