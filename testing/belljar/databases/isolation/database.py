"""`Database`: the value of the fixture `database`, the same whatever keeps it apart from others.

def test_an_order_is_listed(database: Database) -> None:
    with Session(database.engine) as session: ...
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from belljar.databases.errors import BadSnapshot
from belljar.databases.isolation.errors import IsolationTooWeak

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

    from belljar.databases.isolation.engines import Engines
    from belljar.databases.isolation.rung import Rung
    from belljar.databases.server import Postgres

__all__ = ["Database"]


class Database:
    """One test's PostgreSQL database, migrated and seeded.

    What the test commits is there for it, through every connection that it takes from here, and
    for no other test.
    """

    def __init__(self, rung: Rung, engines: Engines) -> None:
        self._rung = rung
        self._engines = engines
        self._engine: Engine | None = None
        self._async_engine: AsyncEngine | None = None
        self._snapshots: list[str] = []

    def __repr__(self) -> str:
        return f"<Database {self.rung}{f' ({self.why})' if self.why else ''}>"

    @property
    def rung(self) -> str:
        """How it is kept apart: `rollback`, `schema`, `template` or `server`."""
        return self._rung.name

    @property
    def why(self) -> str:
        """Why `auto` has climbed to this rung; empty if it has not."""
        return self._rung.why

    @property
    def server(self) -> Postgres:
        """The server that it is on."""
        return self._rung.server

    @property
    def url(self) -> str:
        """Its URL (`postgresql://`), for processes and pools of the test's own.

        Another connection sees only what is really committed: to ask for it makes `auto` climb.
        Raises `IsolationTooWeak` on the rung `rollback`.
        """
        return self._rung.url

    @property
    def engine(self) -> Engine:
        """A SQLAlchemy engine; disposed of at the end of the test."""
        if self._engine is None:
            rung = self._rung
            self._engine = self._engines.make(rung.connect, rung.shown_url, pooled=rung.pooled)
        return self._engine

    def connect(self) -> Connection[Any]:
        """Return a new psycopg connection; close it, or use it in a `with`."""
        return self._rung.connect()

    @property
    def async_engine(self) -> AsyncEngine:
        """A SQLAlchemy engine for asyncio."""
        if self._async_engine is None:
            rung = self._rung
            self._async_engine = self._engines.make_async(rung.connect_async, rung.shown_url)
        return self._async_engine

    async def aconnect(self) -> AsyncConnection[Any]:
        """Return a new psycopg connection for asyncio."""
        return await self._rung.connect_async()

    def snapshot(self, name: str) -> None:
        """Remember the present state as `name`. Raises `BadSnapshot` for a name that is taken."""
        if name in self._snapshots:
            raise BadSnapshot(
                f"there is a snapshot {name!r} already; take another name, or restore it"
            )
        self._quiesce()
        self._rung.mark(name)
        self._snapshots.append(name)

    def restore(self, name: str) -> None:
        """Bring the state back that was called `name`; snapshots taken since are forgotten.

        May be called again. Connections that are open elsewhere are cut on the rungs `template`
        and `server`; pools of ours begin anew.
        """
        if name not in self._snapshots:
            known = ", ".join(map(repr, self._snapshots)) or "none"
            raise BadSnapshot(f"there is no snapshot {name!r}; there are: {known}")
        self._quiesce()
        self._rung.back_to(name)
        del self._snapshots[self._snapshots.index(name) + 1 :]

    def export(self, path: Path) -> Path:
        """Return `path`, after writing what is committed there: `.sql`, `.dump` or `.tar`."""
        from belljar.databases.exporting import export

        return export(self.url, path)

    def import_(self, path: Path) -> None:
        """Replace what is in the database by what `export` wrote. Needs a database of its own."""
        from belljar.databases.exporting import import_
        from belljar.databases.replacing import replace_database

        if not self._rung.private:
            self._rung.url  # noqa: B018  # climbs, or says why it can't
        if not self._rung.private:
            raise IsolationTooWeak(
                f"a file can't be imported on the rung {self.rung}\n"
                '  fix: @pytest.mark.database(isolation="template")'
            )
        fresh = import_(self.server, path)
        replace_database(
            self.server, self._rung.url, fresh, quiesce=self._quiesce, act=f"importing {path}"
        ).join()

    def close(self) -> None:
        """Close the pools."""
        self._quiesce()

    def _quiesce(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self._rung.quiesce()
