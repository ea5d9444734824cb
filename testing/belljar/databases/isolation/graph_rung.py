"""`GraphRung`: the database that the services of the test's graph use.

What they commit the test sees, and the other way round. Afterwards the graph puts it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.databases.isolation.opened import Opened
from belljar.databases.isolation.rung import Findings
from belljar.databases.isolation.shared_databases import SHARED_DATABASES

if TYPE_CHECKING:
    import pytest
    from psycopg import AsyncConnection, Connection

    from belljar.databases.isolation.shared_databases import SharedDatabase
    from belljar.databases.template import PostgresTemplate

__all__ = ["FIXTURE", "GraphRung", "shared_with_services"]

# The fixture that says that a test uses the graph.
FIXTURE = "services"


class GraphRung:
    """Real connections to a database that others are connected to."""

    name = "services"
    pooled = True
    private = False

    def __init__(self, shared: SharedDatabase) -> None:
        self.why = ""
        self.server = shared.server
        self.template = shared.template
        self._shared = shared
        self._opened = Opened()

    @property
    def url(self) -> str:
        """The database's URL, as services have it."""
        return self._shared.url

    @property
    def shown_url(self) -> str:
        """The same."""
        return self.url

    def connect(self) -> Connection[Any]:
        """Return a connection."""
        return self._opened.connect(self.url)

    async def connect_async(self) -> AsyncConnection[Any]:
        """Return a connection for asyncio."""
        return await self._opened.connect_async(self.url)

    def mark(self, name: str) -> None:
        """Remember rows and sequences."""
        self._shared.mark(name)

    def back_to(self, name: str) -> None:
        """Bring them back; nobody is disconnected. Raises `IsolationTooWeak` after DDL."""
        self._shared.back_to(name)

    def quiesce(self) -> None:
        """Do nothing: the database is never replaced here."""

    def hold(self) -> str:
        """Return the URL: what is committed can be seen."""
        return self.url

    def finish(self) -> Findings:
        """Close what the test has left open; the graph does the rest."""
        self._shared.forget_snapshots()
        return Findings(leaks=self._opened.leaks())


def shared_with_services(
    request: pytest.FixtureRequest, template: PostgresTemplate | None, name: str
) -> GraphRung | None:
    """Return the rung of a test with services, if they use this database too; else None."""
    # Started before the database is used, and ended after it.
    request.getfixturevalue(FIXTURE)
    graph = request.config.stash.get(SHARED_DATABASES, None)
    shared = graph.postgres_for(template, name) if graph is not None else None
    return None if shared is None else GraphRung(shared)
