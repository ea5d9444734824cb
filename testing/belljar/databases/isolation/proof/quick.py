"""`Proof`: looks after each test whether anything escaped; see the package for how it is used."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from belljar.databases.isolation.proof import others
from belljar.databases.isolation.proof.about import About
from belljar.databases.isolation.proof.contents import changes_from
from belljar.databases.isolation.proof.escapes import Escape, Finding, describe, known
from belljar.databases.isolation.proof.looks import Look, Looks
from belljar.databases.isolation.proof.outside import Outside
from belljar.databases.isolation.proof.session import Session, left_in
from belljar.databases.isolation.proof.shared import Shared, changes, system_changes
from belljar.databases.isolation.sequences import Sequences

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["Proof"]

_NOTHING = Finding()
_ENDED = "the test has ended the transaction itself, and something was committed"
_CONNECTED = "another session was connected, and something was committed"
_OUTSIDE = "something has changed outside the schema of the test"


class Proof:
    """What a database and its surroundings were like before the first test.

    `connection` is to an untouched clone of the template, in autocommit, and idle. `schema` is for
    the rung of that name. `sequences` may be shared with the caller. `owns_server`: no other process
    uses this server, so what concerns all of it may be undone. Raises `UnknownKind`.
    """

    def __init__(
        self,
        connection: AnyConnection,
        *,
        schema: str | None = None,
        off: Collection[str] = (),
        sequences: Sequences | None = None,
        owns_server: bool = False,
    ) -> None:
        self._off = known(off)
        self._owns_server = owns_server
        self._about = About.of(connection)
        self.sequences = sequences or Sequences(connection)
        self._shared = Shared.of(connection, self._about)
        self._session = Session.of(connection)
        self._outside = None if schema is None else Outside(connection, self._about)
        self._looks = Looks(connection, self._about)
        self._seen = self._looks.look(connection.pgconn)[0]
        self._began = ""
        self._touched: list[int] = []

    @property
    def unseen(self) -> tuple[str, ...]:
        """What this user has no right to see, so that nobody looks at it."""
        return self._about.unseen

    def begin(self, connection: AnyConnection, first: bytes = b"SELECT") -> PGresult:
        """Set back sequences that the last test has moved, and begin the transaction around this.

        It will be known again at its end. Returns the result of its `first` statement, which has
        to be one that can't fail.
        """
        touched, self._touched = self._touched, []
        before = self.sequences.set_back(touched) if touched else b""
        self._began, result, noted = self._looks.begin(connection.pgconn, first, before)
        if before:
            self.sequences.note(noted)
        return result

    def rollback(
        self,
        connection: AnyConnection,
        *,
        off: Collection[str] | None = None,
        ours: Collection[int] = (),
    ) -> Finding:
        """Roll back what `begin` began, and return what escaped.

        Sequences are set back at the next `begin`, which saves a round trip, or now if something
        is suspicious.
        """
        end = self._looks.end(connection.pgconn)
        same = bool(self._began) and end.began == self._began
        self._began = ""
        if same:
            self._touched = [oid for oid in end.locked if oid in self.sequences]
        else:
            self.sequences.restore(connection)
        return self._judge(connection, end.look, not same, end.advisory, off, ours)

    def quick(
        self,
        connection: AnyConnection,
        *,
        outer_ended: bool = False,
        off: Collection[str] | None = None,
        ours: Collection[int] = (),
    ) -> Finding:
        """Return what escaped, after the caller's ROLLBACK or the end of the test's schema.

        After a ROLLBACK, sequences are to be set back before.
        """
        look, locked = self._looks.look(connection.pgconn)
        return self._judge(connection, look, outer_ended, locked, off, ours)

    def explain(
        self,
        connection: AnyConnection,
        reference: Callable[[], AnyConnection],
        *,
        off: Collection[str] | None = None,
        show_rows: bool = False,
    ) -> tuple[Escape, ...]:
        """Return how the database differs from a fresh clone, which `reference()` connects to.

        On the rung `schema`: from what it was at the start. Sessions that are still there are to
        be ended before: what they have locked can't be read.
        """
        left_out = self._left_out(off)
        found = changes(self._shared, Shared.of(connection, self._about))
        if self._outside is not None:
            found += self._outside.changes(connection, off=left_out)
        else:
            other = reference()
            try:
                found += changes_from(
                    connection, other, self._about, off=left_out, show_rows=show_rows
                )
            finally:
                other.close()
        return tuple(escape for escape in found if escape.kind not in left_out)

    def verdict(
        self,
        connection: AnyConnection,
        reference: Callable[[], AnyConnection],
        *,
        finding: Finding | None = None,
        outer_ended: bool = False,
        off: Collection[str] | None = None,
        show_rows: bool = False,
    ) -> str:
        """Return what escaped, in words, and undo what a new database would not; empty: nothing.

        `finding` is what `rollback` has returned; without it, `quick` looks. What concerns a whole
        server that others use too, is not undone, but told once.
        """
        if finding is None:
            finding = self.quick(connection, outer_ended=outer_ended, off=off)
        escapes = finding.escapes
        self._undo(connection, escapes)
        if finding.suspicion:
            more = self.explain(connection, reference, off=off, show_rows=show_rows)
            self._undo(connection, more)
            escapes += more
        if any(escape.spoils == "server" for escape in escapes):
            self._shared = Shared.of(connection, self._about)
        return describe(escapes) if escapes else ""

    def _left_out(self, off: Collection[str] | None) -> frozenset[str]:
        return self._off if off is None else known(off)

    def _judge(
        self,
        connection: AnyConnection,
        look: Look,
        ended: bool,
        locked: bool,
        off: Collection[str] | None,
        ours: Collection[int],
    ) -> Finding:
        """Say that nothing escaped, if that is certain by now; else look closer."""
        seen = self._seen
        commits = (
            ended
            or look.visits != seen.visits
            or look.backends != 1 + len(ours)
            or not self._about.counts_sessions
            or self._outside is not None
        )
        if not (commits or locked or look.statements != seen.statements):
            self._seen = look
            return _NOTHING
        left_out = self._left_out(off)
        found = left_in(connection, self._session, ended=ended)
        suspicion = ""
        if commits:
            found += self._left_by_others(connection, left_out, ours)
            suspicion = self._suspicion(connection, ended=ended)
            found += self._moved(connection)
        self._seen = self._looks.look(connection.pgconn)[0]
        return Finding(tuple(each for each in found if each.kind not in left_out), suspicion)

    def _suspicion(self, connection: AnyConnection, *, ended: bool) -> str:
        if self._outside is not None:
            return _OUTSIDE if self._outside.changed(connection) else ""
        if not others.committed(connection, self._seen.running, self.sequences.xids):
            return ""
        return _ENDED if ended else _CONNECTED

    def _left_by_others(
        self, connection: AnyConnection, left_out: Collection[str], ours: Collection[int]
    ) -> list[Escape]:
        found: list[Escape] = []
        if "sessions" not in left_out:
            found += others.still_here(connection, self._about.oid, ours)
        if self._about.prepares:
            found += others.prepared(connection)
        return found + (system_changes(self._shared, connection) if self._about.superuser else [])

    def _moved(self, connection: AnyConnection) -> list[Escape]:
        """Set back all; return what another session has moved."""
        self.sequences.restore(connection, self._touched)
        self._touched = []
        moved = self.sequences.moved(connection)
        self.sequences.restore(connection, [each.was.oid for each in moved])
        return [
            Escape(
                "sequences",
                f"sequence {each.was.name}",
                f"moved by another connection (to {each.now}, from {each.was})",
            )
            for each in moved
        ]

    def _undo(self, connection: AnyConnection, escapes: Collection[Escape]) -> None:
        for escape in escapes:
            # What belongs to the whole server may be another test's that runs now.
            if escape.spoils != "server" or self._owns_server:
                for statement in escape.undo:
                    # One that fails is no reason to hide what escaped.
                    connection.pgconn.exec_(statement.encode())
