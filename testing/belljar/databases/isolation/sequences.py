"""`Sequences`: the values that a template's sequences have, brought back after a rollback.

    sequences = Sequences(connection)
    ...                               # tests; a rollback does not take back what nextval() gave
    sequences.restore(connection)

So ids are the same whether a test runs alone or after others. What `nextval`, `setval`, `lastval`
and `currval` give afterwards is what they give in a new session on a new clone.

A transaction holds a lock on each sequence that it moves, to its end, whatever its savepoints do.
Who looks at those locks before the end can name what was `touched`; then it costs the same however
many sequences there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from belljar.databases.isolation.wire import array, ask, exchange, prepare, rows_of

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

    from belljar.databases.isolation.wire import AnyConnection, Row

__all__ = ["Moved", "Sequence", "Sequences", "values_of"]

# What may be set back; of each its value has to be read from itself.
_SEQUENCES = """
    SELECT c.oid, format('%I.%I', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'S' AND c.relpersistence <> 't' AND c.oid >= 16384
    AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY 2
"""
# The first version that reads any sequence by its oid.
_DATA_SINCE = 180000
_DATA = """
    SELECT oid, (d).last_value, (d).is_called
    FROM (SELECT oid, pg_get_sequence_data(oid) d FROM unnest('{}'::oid[]) oid OFFSET 0) s
"""
_CHUNK = 200
# More than these are not named one by one.
_FEW = 100
_SET_ALL_BACK = b"belljar_set_all_back"
# The transaction that sets back; PostgreSQL gives it a number when it has to.
_XID = "pg_current_xact_id_if_assigned()"


@dataclass(frozen=True)
class Sequence:
    """What one is called, and what its row says."""

    oid: int
    name: str
    last: int
    called: bool

    def __str__(self) -> str:
        return str(self.last) if self.called else f"{self.last}, not used"


@dataclass(frozen=True)
class Moved:
    """One that is not where it was."""

    was: Sequence
    now: Sequence


class Sequences:
    """The sequences of the database that `connection` is to, as they are now.

    Sets back only with the same session as has moved them: what another one keeps in its cache
    (CACHE) is out of reach.
    """

    def __init__(self, connection: AnyConnection) -> None:
        self.all = {sequence.oid: sequence for sequence in _read(connection)}
        # Of the transactions that have set back lately: they have committed, and were ours.
        self.xids: deque[str] = deque(maxlen=4)
        if self.all:
            self._prepare(connection.pgconn)

    def __contains__(self, oid: int) -> bool:
        return oid in self.all

    def moved(self, connection: AnyConnection) -> list[Moved]:
        """Return those that differ; reads every one. One that is gone is not among them."""
        now = {sequence.oid: sequence for sequence in _read(connection)}
        return [Moved(was, now[oid]) for oid, was in self.all.items() if now.get(oid, was) != was]

    def restore(self, connection: AnyConnection, touched: Collection[int] | None = None) -> int:
        """Set back those that have moved, and return how many that were.

        `touched` are the only ones that can have; they are set back without being read. No
        transaction may be open. Raises `DatabaseError`.
        """
        if not self.all or (touched is not None and not touched):
            return 0
        message = self.set_back(touched)
        results = exchange(connection.pgconn, message)
        if len(results) != 2:
            # Somebody has said DEALLOCATE ALL; psycopg itself does at times.
            self._prepare(connection.pgconn)
            results = exchange(connection.pgconn, message)
        if len(results) != 2:
            for sequence in self.all.values():
                ask(connection, f"SELECT {_setval(sequence)}")
            return len(self.all)
        values = self.note(results[0])
        return int(values[0]) if touched is None else len(values)

    def set_back(self, touched: Collection[int] | None) -> bytes:
        """Return the two statements of `restore`, for a caller that has others to send with them.

        The result of the first is to be given to `note`.
        """
        if touched is None or len(touched) > _FEW:
            chosen = b"EXECUTE " + _SET_ALL_BACK
        else:
            calls = ", ".join(_setval(self.all[oid]) for oid in touched)
            chosen = f"SELECT {calls}, {_XID}".encode()
        # Takes away lastval() and currval().
        return chosen + b"; DISCARD SEQUENCES"

    def note(self, result: PGresult) -> Row:
        """Remember which transaction it was; return the rest."""
        *values, xid = rows_of(result)[0]
        if xid:
            self.xids.append(xid)
        return tuple(values)

    def _prepare(self, pgconn: PGconn) -> None:
        values = ", ".join(
            f"({s.oid}::oid, {s.last}::bigint, {s.called}, {s.last if s.called else 'NULL'}::bigint)"
            for s in self.all.values()
        )
        # The short way gives NULL for one that was never called, wherever it stands.
        exact = pgconn.server_version >= _DATA_SINCE
        differs = "(pg_get_sequence_data(s.oid)).last_value <> s.last" if exact else "true"
        prepare(
            pgconn,
            _SET_ALL_BACK,
            f"SELECT moved, {_XID} FROM (SELECT count(setval(s.oid::regclass, s.last, s.called)) "
            f"FROM (VALUES {values}) s(oid, last, called, seen) "
            "WHERE CASE WHEN pg_sequence_last_value(s.oid) IS DISTINCT FROM s.seen THEN true "
            f"WHEN s.called THEN false ELSE {differs} END OFFSET 0) m(moved)",
        )


def _setval(sequence: Sequence) -> str:
    return f"setval({sequence.oid}::regclass, {sequence.last}, {sequence.called})"


def _read(connection: AnyConnection) -> list[Sequence]:
    named = {oid: name for oid, name in ask(connection, _SEQUENCES)}
    oids = list(named)
    if connection.pgconn.server_version >= _DATA_SINCE:
        queries = [_DATA.format(array(oids))]
    else:
        parts = [f"SELECT {oid}, last_value, is_called FROM {named[oid]}" for oid in oids]
        queries = [
            " UNION ALL ".join(parts[start : start + _CHUNK])
            for start in range(0, len(parts), _CHUNK)
        ]
    return [
        Sequence(int(oid), named[oid], int(last), called == "t")
        for query in queries
        for oid, last, called in ask(connection, query)
    ]


def values_of(connection: AnyConnection) -> dict[int, Sequence]:
    """Return what each sequence says now, by its oid; inside a transaction as well."""
    return {sequence.oid: sequence for sequence in _read(connection)}
