"""`RollbackRung`: one connection, one transaction around the test, nothing left afterwards.

Under `auto` it turns into the next rung when it must: what the test has committed so far is committed in
earnest, and the working database is its own from then on (see `Outer`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from belljar.databases.errors import DatabaseError
from belljar.databases.isolation.connections import JoinedAsyncConnection, JoinedConnection
from belljar.databases.isolation.errors import IsolationTooWeak
from belljar.databases.isolation.joined import Joined
from belljar.databases.isolation.opened import Opened
from belljar.databases.isolation.outer import Outer
from belljar.databases.isolation.rung import Findings, Leak
from belljar.databases.isolation.savepoints import Savepoints
from belljar.databases.server import import_psycopg, one_line
from belljar.databases.snapshots import Snapshots

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection

    from belljar.databases.isolation.proof import Finding
    from belljar.databases.isolation.working import Source
    from belljar.databases.server import Postgres

__all__ = ["RollbackRung"]


class RollbackRung:
    """A test's part in the working database of its worker."""

    def __init__(self, source: Source, *, may_climb: bool, off: frozenset[str] | None) -> None:
        self._source = source
        self._off = off
        self._working = source.working(off)
        self._opened = Opened()
        self._joined: WeakSet[Joined] = WeakSet()
        working = self._working
        proof = working.proof
        self.outer = Outer(
            working.raw,
            self._connect_for_real,
            may_climb=may_climb,
            deferrable=working.deferrable,
            settle=working.settle,
            begin=None if proof is None else lambda first: proof.begin(working.raw, first),
        )
        self._savepoints = Savepoints(self.outer)
        self._copies: Snapshots | None = None

    @property
    def name(self) -> str:
        """`template` once it has climbed."""
        return "template" if self.outer.reason else "rollback"

    @property
    def why(self) -> str:
        """What made it climb."""
        return self.outer.reason

    @property
    def server(self) -> Postgres:
        """The server that the working database is on."""
        return self._source.server

    @property
    def url(self) -> str:
        """The working database's URL, after a climb. Raises `IsolationTooWeak` if it may not."""
        self.outer.hazard("its URL was asked for, which other connections use")
        if self.outer.joined:
            raise IsolationTooWeak(
                "on the rung rollback a database has no URL: another connection would not see "
                "what this one has not committed\n"
                '  fix: database.engine or database.connect(), or isolation="template"'
            )
        return self._working.url

    @property
    def shown_url(self) -> str:
        """The working database's URL."""
        return self._working.url

    @property
    def pooled(self) -> bool:
        """Never: to join costs nothing."""
        return False

    @property
    def private(self) -> bool:
        """Once it has climbed."""
        return bool(self.outer.reason)

    def connect(self) -> Connection[Any]:
        """Return a connection that has joined the transaction, or a real one after a climb."""
        if not self.outer.joined:
            return self._connect_for_real()
        connection = JoinedConnection(self.outer)
        self._joined.add(connection)
        return connection

    async def connect_async(self) -> AsyncConnection[Any]:
        """Return the same for asyncio."""
        if not self.outer.joined:
            return await self._opened.connect_async(self._working.url)
        joined = JoinedAsyncConnection(self.outer)
        self._joined.add(joined)
        return joined

    def _connect_for_real(self) -> Connection[Any]:
        return self._opened.connect(self._working.url)

    def mark(self, name: str) -> None:
        """Remember the present state: as a savepoint, or as a copy after a climb."""
        if self.outer.joined:
            self._savepoints.take(name)
            return
        if self._copies is None:
            self._copies = Snapshots(self._source.server, self._working.url)
        self.quiesce()
        self._copies.take(name)

    def back_to(self, name: str) -> None:
        """Bring back a state."""
        if self._copies is None:
            self._savepoints.restore(name)
        else:
            self._copies.restore(name)

    def quiesce(self) -> None:
        """Close the one connection after a climb, unless one of the test's goes on with it."""
        used = any(not each.closed and each.outer is None for each in self._joined)
        if not self.outer.joined and not used:
            self._working.raw.close()

    def hold(self) -> str:
        """Commit in earnest what the test has committed; the working database goes afterwards."""
        if self.outer.joined and not self.outer.ended_by_hand:
            try:
                self.outer.hold()
            except import_psycopg().Error as error:
                raise DatabaseError(f"its state can't be kept: {one_line(error)}") from None
        return self._working.url

    def finish(self) -> Findings:
        """Roll back, set sequences back, and look whether anything escaped."""
        outer, working = self.outer, self._working
        leaks = self._leaks()
        joined, ended = outer.joined, outer.ended_by_hand
        outer.over = True
        if not joined or working.raw.closed:
            if self._copies is not None:
                self._copies.close()
            self._source.throw_away(self._off)
            return Findings(leaks=leaks)
        try:
            escaped = self._roll_back(ended=ended)
        except (DatabaseError, import_psycopg().Error) as error:
            self._source.throw_away(self._off)
            return Findings(self._why_not(error), leaks)
        return Findings(escaped, leaks)

    def _roll_back(self, *, ended: bool) -> str:
        """Bring the working database back; return what escaped, in words."""
        working = self._working
        if not self.outer.begun:
            return self._looked()
        if working.proof is None:
            self._end()
            if ended:
                self._source.throw_away(self._off)
            return ""
        return self._looked(working.proof.rollback(working.raw))

    def _looked(self, finding: Finding | None = None) -> str:
        """Return what escaped, in words; without a `finding` the test has used no connection."""
        working = self._working
        if working.proof is None or (finding is not None and not finding):
            return ""
        escaped = working.proof.verdict(working.raw, self._source.reference, finding=finding)
        if escaped or finding:
            self._source.throw_away(self._off)
        return escaped

    def _end(self) -> None:
        """Have all rolled back and sequences set back; the next test waits until it is done."""
        sequences = self._working.sequences
        back = b"; " + sequences.set_back(None) if sequences.all else b""
        self._working.ending.send(b"ROLLBACK" + back)

    def _why_not(self, error: Exception) -> str:
        """Return why there was no end; empty where the server is gone, which is told already."""
        try:
            self._source.server.check()
        except DatabaseError:
            return ""
        return f"the test's database could not be brought back: {one_line(error)}"

    def _leaks(self) -> list[Leak]:
        found = self._opened.leaks()
        for connection in list(self._joined):
            if not connection.closed and (connection.savepoint or connection.outer is None):
                inside = " inside a transaction" if connection.savepoint else ""
                what = f"a connection was left open{inside}"
                found.append(Leak(what, connection.opened_at))
        return found
