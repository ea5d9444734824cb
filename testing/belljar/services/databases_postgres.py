"""`GraphPostgres`: one PostgreSQL database of a graph, put back between tests while services use it."""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from belljar.databases.errors import DatabaseError
from belljar.databases.isolation.errors import IsolationTooWeak
from belljar.databases.isolation.proof import others
from belljar.databases.isolation.sequences import Sequence as SequenceValue
from belljar.databases.isolation.sequences import values_of
from belljar.databases.isolation.wire import ask
from belljar.databases.replacing import replace_database
from belljar.databases.server import Postgres, import_psycopg, one_line
from belljar.databases.sessions import SessionsEnded
from belljar.databases.urls import database_of
from belljar.services import databases_blockers as blockers
from belljar.services import databases_rows as rows
from belljar.services.databases_state import TemplateState, opened

if TYPE_CHECKING:
    from threading import Thread

    from psycopg import Connection

    from belljar.databases.isolation.proof.escapes import Escape
    from belljar.databases.template import PostgresTemplate
    from belljar.services.databases_rows import Source, Table

__all__ = ["GraphPostgres", "Outcome"]

# Looks again when somebody has written while it was being put back; then the next one will see it.
_ROUNDS = 3
# Our own transactions, told from others' by their numbers.
_OWN = 64
_SHOWN = 5
FIX_TRANSACTION = "fix: end each transaction (commit, roll back or close) when its work is done"


@dataclass(frozen=True)
class Outcome:
    """What putting back has shown: `cut` when connections of services were ended for it."""

    complaints: list[str] = field(default_factory=list)
    cut: bool = False


@dataclass(frozen=True)
class Snapshot:
    """A state in the middle of a test: rows of tables that were not as in the template."""

    since: str
    counts: Mapping[int, int]
    copied: Mapping[int, Sequence[bytes]]
    sequences: Mapping[int, SequenceValue]


class GraphPostgres:
    """A database made from `template` on `server`. `title` is what complaints call it."""

    def __init__(self, title: str, server: Postgres, template: PostgresTemplate) -> None:
        self.title = title
        self.server = server
        self.template = template
        self.url = server.create_database(template=server.ensure_template(template))
        self._raw: Connection[Any] = opened(self.url)
        self._since = rows.horizon(self._raw)
        self._own: deque[str] = deque(maxlen=_OWN)
        self._state: TemplateState | None = None
        self._snapshots: dict[str, Snapshot] = {}
        self._dropping: list[Thread] = []

    def reset(self) -> Outcome:
        """Put it back to what the template has. Raises `DatabaseError`."""
        try:
            return self._reset()
        except (import_psycopg().Error, DatabaseError):
            if not self._raw.closed:
                raise
        # Somebody has ended all sessions, ours too.
        self._reconnect()
        return self._reset()

    def mark(self, name: str) -> None:
        """Remember the present state as `name`."""
        state = self._learnt()
        self._refuse_other_schema(state, f"the snapshot {name!r} can't be taken")
        connection = self._raw
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            since = rows.horizon(connection)
            counts = rows.count_rows(connection, state.tables)
            changed = rows.changed_tables(connection, state.tables, state.counts, self._since)
            copied = {table.oid: list(rows.rows_of(connection, table)) for table in changed}
            sequences = values_of(connection)
        finally:
            connection.execute("ROLLBACK")
        self._snapshots[name] = Snapshot(since, counts, copied, sequences)

    def back_to(self, name: str) -> None:
        """Bring the state back that was remembered as `name`; services stay connected."""
        snapshot, state = self._snapshots[name], self._learnt()
        self._refuse_other_schema(state, f"the snapshot {name!r} can't be restored")

        def source(table: Table) -> Any:
            copied = snapshot.copied.get(table.oid)
            return state.rows(table) if copied is None else copied

        complaints = self._ended_writers()
        changed = rows.changed_tables(self._raw, state.tables, snapshot.counts, snapshot.since)
        if changed:
            complaints += self._put_back(changed, snapshot.counts, source)
        for oid, now in values_of(self._raw).items():
            was = snapshot.sequences.get(oid, now)
            if was != now:
                ask(self._raw, f"SELECT setval({oid}::regclass, {was.last}, {was.called})")
        if complaints:
            raise IsolationTooWeak("\n".join(complaints))

    def forget_snapshots(self) -> None:
        """Forget what was remembered."""
        self._snapshots.clear()

    def close(self) -> None:
        """Drop it; a server of ours takes it along."""
        self._raw.close()
        if self._state is not None:
            self._state.close()
        for thread in self._dropping:
            thread.join()
        if not self.server.ours:
            for url in (self.url, self._state.url if self._state else ""):
                if url:
                    with suppress(DatabaseError):  # tried again when the server object ends
                        self.server.drop_database(url)

    def _reset(self) -> Outcome:
        ended = self._ended_writers()
        rolled_back = self._rolled_back()
        if not self._written(self._since):
            # What nextval() gave is gone for good, though its transaction was rolled back.
            self._set_sequences_back(self._learnt())
            return Outcome([*ended, *rolled_back], cut=bool(ended))
        state = self._learnt()
        for _ in range(_ROUNDS):
            began = rows.horizon(self._raw)
            ddl = state.changes_of(self._raw)
            if ddl:
                return Outcome([*ended, *rolled_back, self._made_anew(_told(ddl))], cut=True)
            changed = rows.changed_tables(self._raw, state.tables, state.counts, self._since)
            if changed:
                psycopg = import_psycopg()
                try:
                    ended += self._put_back(changed, state.counts, state.rows)
                except psycopg.errors.InsufficientPrivilege:
                    why = "this server's user must not turn off triggers to put rows back"
                    return Outcome([*ended, *rolled_back, self._made_anew(why)], cut=True)
                if any(table.is_view for table in changed):
                    state.accept(self._raw)  # a REFRESH moves it elsewhere
                rows.vacuum(self._raw, changed)
            self._set_sequences_back(state)
            self._since = rows.horizon(self._raw)
            if not self._written(began):
                break
        return Outcome([*ended, *rolled_back], cut=bool(ended))

    def _learnt(self) -> TemplateState:
        if self._state is None:
            template = self.server.ensure_template(self.template)
            self._state = TemplateState(self.server.create_database(template=template))
        return self._state

    def _written(self, since: str) -> bool:
        return others.committed(self._raw, since, self._own)

    def _set_sequences_back(self, state: TemplateState) -> None:
        state.sequences.restore(self._raw)
        self._own += [xid for xid in state.sequences.xids if xid not in self._own]

    def _put_back(
        self, changed: Sequence[Table], counts: Mapping[int, int], source: Source
    ) -> list[str]:
        """Put rows back; return complaints about who had to be ended for it."""
        psycopg = import_psycopg()
        blocked = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)

        def tried() -> bool:
            try:
                self._own.append(rows.put_back(self._raw, changed, counts, source))
            except blocked:
                return False
            return True

        if tried():
            return []
        found = blockers.unfinished(lambda: blockers.holders(self._raw, changed))
        blockers.end(self._raw, found)
        complaints = [self._complaint(found, "kept tables locked")] if found else []
        for _ in range(_ROUNDS):
            if tried():
                return complaints
        names = ", ".join(table.name for table in changed)
        raise DatabaseError(
            f"{self.title} was not put back: others go on locking {names}\n  {FIX_TRANSACTION}"
        )

    def _ended_writers(self) -> list[str]:
        found = blockers.writers(self._raw)
        if found:
            found = blockers.unfinished(lambda: blockers.writers(self._raw))
        if not found:
            return []
        blockers.end(self._raw, found)
        return [self._complaint(found, "had written something and not ended the transaction")]

    def _rolled_back(self) -> list[str]:
        found = others.prepared(self._raw)
        for escape in found:
            for statement in escape.undo:
                self._raw.execute(statement.encode())
        return [f"{self.title}: {escape}, and was rolled back" for escape in found]

    def _complaint(self, sessions: Sequence[Any], did: str) -> str:
        return (
            f"{self.title}: when the test was over, {len(sessions)} session(s) {did}, and were "
            f"ended:{blockers.names_of(sessions)}\n  {FIX_TRANSACTION}"
        )

    def _made_anew(self, why: str) -> str:
        """Put a fresh clone in its place, and say so."""
        url = self.server.create_database(template=self.server.ensure_template(self.template))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", SessionsEnded)
            self._dropping.append(
                replace_database(
                    self.server,
                    self.url,
                    url,
                    quiesce=self._raw.close,
                    settings_of=database_of(url),
                    act="making it anew",
                )
            )
        ended = [str(each.message) for each in caught if each.category is SessionsEnded]
        self._reconnect()
        self._since = rows.horizon(self._raw)
        lines = [f"{self.title} was made anew from its template: {why}"]
        lines += [f"  {line}" for text in ended for line in text.splitlines() if "fix:" not in line]
        return "\n".join(lines)

    def _refuse_other_schema(self, state: TemplateState, what: str) -> None:
        ddl = state.changes_of(self._raw)
        if ddl:
            raise IsolationTooWeak(
                f"{what}: services use {self.title}, so only rows and sequences can be brought "
                f"back, and the schema is not the template's ({_told(ddl)})\n"
                '  fix: @pytest.mark.database(isolation="template"), without the services'
            )

    def _reconnect(self) -> None:
        psycopg = import_psycopg()
        self._raw.close()
        try:
            self._raw = opened(self.url)
        except psycopg.Error as error:
            self.server.check()
            raise DatabaseError(f"{self.title} can't be reached: {one_line(error)}") from None


def _told(escapes: Sequence[Escape]) -> str:
    shown = "; ".join(map(str, escapes[:_SHOWN]))
    more = len(escapes) - _SHOWN
    return f"{shown}; and {more} more" if more > 0 else shown
