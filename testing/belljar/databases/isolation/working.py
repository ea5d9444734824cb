"""`Source`: where the tests of one worker take their databases from, and `Working`: the one it keeps.

A working database is a clone of the template that is used by one test after the other, each inside
a transaction that is rolled back. One that a test has really changed is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import finalize

from belljar.databases.isolation.clones import Clones
from belljar.databases.isolation.engines import Engines
from belljar.databases.isolation.proof import Proof
from belljar.databases.isolation.schema_lanes import SchemaLanes
from belljar.databases.isolation.schemas import Schemas
from belljar.databases.isolation.sequences import Sequences
from belljar.databases.isolation.wire import Unanswered
from belljar.databases.server import import_psycopg

if TYPE_CHECKING:
    from psycopg import Connection

    from belljar.databases.server import Postgres
    from belljar.databases.template import PostgresTemplate

__all__ = ["Source", "Working"]

_DEFERRABLE = "SELECT EXISTS (SELECT FROM pg_constraint WHERE condeferrable)"


@dataclass(frozen=True)
class Working:
    """A clone, the one connection to it, and what it was like before the first test."""

    url: str
    raw: Connection[Any]
    sequences: Sequences
    proof: Proof | None
    deferrable: bool
    ending: Unanswered

    def settle(self) -> None:
        """Wait until the last test's transaction is rolled back."""
        if not self.ending.answer():
            self.sequences.restore(self.raw)  # somebody has said DEALLOCATE ALL


class Source:
    """Databases on `server`, made from `template` (None: empty)."""

    def __init__(
        self,
        server: Postgres,
        template: PostgresTemplate | None,
        pool_size: Callable[[], int] = lambda: 5,
    ) -> None:
        self.server = server
        self.engines = Engines(pool_size)
        self.clones = Clones(server, server.ensure_template(template))
        self._working: dict[frozenset[str] | None, Working] = {}
        self._schemas: dict[frozenset[str] | None, SchemaLanes] = {}

    def working(self, off: frozenset[str] | None) -> Working:
        """Return the working database; `off` names the checks to leave out, None leaves out all."""
        working = self._working.get(off)
        if working is None or working.raw.closed:
            self.throw_away(off)
            working = self._working[off] = self._make(off)
        return working

    def throw_away(self, off: frozenset[str] | None) -> None:
        """Have the working database dropped; the next test gets a new one."""
        working = self._working.pop(off, None)
        if working is not None:
            working.raw.close()
            self.clones.give_back(working.url)

    def schemas(self, off: frozenset[str] | None) -> SchemaLanes:
        """Return what has schemas with the template's tables."""
        found = self._schemas.get(off)
        if found is None:
            found = self._schemas[off] = SchemaLanes(
                lambda script: Schemas(self.clones.take(), self.reference, off, script)
            )
        return found

    def forget_schemas(self) -> None:
        """Have the databases with schemas dropped; the next test gets a new one."""
        for lanes in self._schemas.values():
            for url in lanes.close():
                self.clones.give_back(url)
        self._schemas.clear()

    def reference(self) -> Connection[Any]:
        """Return a connection to a clone that nobody has touched; it goes with the connection."""
        url = self.clones.take()
        connection: Connection[Any] = import_psycopg().connect(url, autocommit=True)
        finalize(connection, self.clones.give_back, url)
        return connection

    def close(self) -> None:
        """Drop what is left."""
        for off in list(self._working):
            self.throw_away(off)
        self.forget_schemas()
        self.clones.close()

    def _make(self, off: frozenset[str] | None) -> Working:
        url = self.clones.take()
        raw: Connection[Any] = import_psycopg().connect(url, autocommit=True)
        raw.prepare_threshold = None
        row = raw.execute(_DEFERRABLE).fetchone()
        sequences = Sequences(raw)
        return Working(
            url=url,
            raw=raw,
            sequences=sequences,
            proof=None if off is None else Proof(raw, off=off, sequences=sequences),
            deferrable=bool(row and row[0]),
            ending=Unanswered(raw.pgconn),
        )
