"""`SchemaRung`: a schema of the test's own in a database that its worker keeps.

For real commits and several connections without a database per test: on a server where databases
are dear, or may not be created. The template's tables are made anew in the schema, from a dump; a
search path leads every connection there. Code that names its schema (`public.orders`) does not
find it: use the rung `template`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.databases.isolation.errors import IsolationTooWeak
from belljar.databases.isolation.opened import Opened
from belljar.databases.isolation.rung import Findings
from belljar.databases.urls import with_options

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection

    from belljar.databases.isolation.working import Source
    from belljar.databases.server import Postgres

__all__ = ["SchemaRung"]


class SchemaRung:
    """One schema, made and dropped for one test."""

    name = "schema"
    pooled = True
    private = False

    def __init__(self, source: Source, off: frozenset[str] | None, why: str = "") -> None:
        self._source = source
        self._lanes = source.schemas(off)
        self.why = why
        self._opened = Opened()
        self._taken = self._lanes.take()
        self.schema = self._taken.schema
        self.url = with_options(self._taken.lane.url, f"-csearch_path={self.schema},public")

    @property
    def server(self) -> Postgres:
        """The server that the database is on."""
        return self._source.server

    @property
    def shown_url(self) -> str:
        """The database's URL, with the search path."""
        return self.url

    def connect(self) -> Connection[Any]:
        """Return a connection that finds the schema's tables."""
        return self._opened.connect(self.url)

    async def connect_async(self) -> AsyncConnection[Any]:
        """Return the same for asyncio."""
        return await self._opened.connect_async(self.url)

    def mark(self, name: str) -> None:
        """Raise `IsolationTooWeak`: a schema can't be copied."""
        raise IsolationTooWeak(
            f"the rung schema has no snapshots, so {name!r} can't be taken\n"
            '  fix: isolation="template" (copies) or "rollback" (savepoints)'
        )

    back_to = mark

    def quiesce(self) -> None:
        """Do nothing: there is nothing to be replaced."""

    def hold(self) -> str:
        """Return the URL: what is committed can be seen."""
        return self.url

    def finish(self) -> Findings:
        """Drop the schema, and look whether anything was left outside."""
        leaks = self._opened.leaks()
        escaped = self._lanes.give_back(self._taken)
        if escaped:
            self._source.forget_schemas()
        return Findings(escaped, leaks)
