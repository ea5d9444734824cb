"""`TemplateRung` and `ServerRung`: a database, or a whole server, that is the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.databases.isolation.opened import Opened
from belljar.databases.isolation.rung import Findings
from belljar.databases.postgres import PostgresServer
from belljar.databases.snapshots import Snapshots

if TYPE_CHECKING:
    from pathlib import Path

    from psycopg import AsyncConnection, Connection

    from belljar.databases.isolation.working import Source
    from belljar.databases.server import Postgres
    from belljar.databases.template import PostgresTemplate

__all__ = ["ServerRung", "TemplateRung"]


class _OwnDatabase:
    """What both have in common: real connections, and snapshots by copying."""

    name = ""
    pooled = True
    private = True

    def __init__(self, server: Postgres, url: str, why: str) -> None:
        self.server = server
        self.url = url
        self.why = why
        self._opened = Opened()
        self._snapshots: Snapshots | None = None

    @property
    def shown_url(self) -> str:
        """The database's URL."""
        return self.url

    def connect(self) -> Connection[Any]:
        """Return a connection."""
        return self._opened.connect(self.url)

    async def connect_async(self) -> AsyncConnection[Any]:
        """Return a connection for asyncio."""
        return await self._opened.connect_async(self.url)

    def mark(self, name: str) -> None:
        """Copy the database."""
        self._copies().take(name)

    def back_to(self, name: str) -> None:
        """Put a copy in its place."""
        self._copies().restore(name)

    def quiesce(self) -> None:
        """Do nothing: there is no connection of ours."""

    def hold(self) -> str:
        """Return the URL: what is committed can be seen."""
        return self.url

    def _copies(self) -> Snapshots:
        if self._snapshots is None:
            self._snapshots = Snapshots(self.server, self.url)
        return self._snapshots

    def _end(self) -> Findings:
        leaks = self._opened.leaks()
        if self._snapshots is not None:
            self._snapshots.close()
        return Findings(leaks=leaks)


class TemplateRung(_OwnDatabase):
    """A clone of the template."""

    name = "template"

    def __init__(self, source: Source, why: str = "") -> None:
        super().__init__(source.server, source.clones.take(), why)
        self._source = source

    def finish(self) -> Findings:
        """Have it dropped."""
        findings = self._end()
        self._source.clones.give_back(self.url)
        return findings


class ServerRung(_OwnDatabase):
    """A server that starts from the template, and ends with the test."""

    name = "server"

    def __init__(self, template: PostgresTemplate | None, log: Path, why: str = "") -> None:
        server = PostgresServer(template=template, log=log)
        server.start()
        try:
            url = server.create_database(template=server.ensure_template(template))
        except BaseException:
            server.stop()
            raise
        super().__init__(server, url, why)
        self._own = server

    def finish(self) -> Findings:
        """Stop the server."""
        findings = self._end()
        self._own.stop()
        return findings
