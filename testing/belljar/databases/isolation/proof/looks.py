"""`Looks`: the few questions that are asked after every test, prepared, in as few messages as can be.

Each is what PostgreSQL knows at once: nothing here waits for statistics, reads a table, or costs
more when there are more tables, rows or sequences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from belljar.databases.errors import DatabaseError
from belljar.databases.isolation.proof.session import HELD_LOCKS, PREPARED_STATEMENTS
from belljar.databases.isolation.wire import IDLE, INTRANS, exchange, prepare, rows_of

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

    from belljar.databases.isolation.proof.about import About
    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["End", "Look", "Looks"]

_BEGIN, _BEFORE, _AFTER = b"belljar_begin", b"belljar_before", b"belljar_after"
_HELD = b"belljar_held"
_BEGIN_MESSAGE = b"BEGIN; EXECUTE " + _BEGIN + b"; "
_END_MESSAGE = b"EXECUTE " + _BEFORE + b"; ROLLBACK; EXECUTE " + _AFTER
_LOOK_MESSAGE = b"EXECUTE " + _AFTER + b"; EXECUTE " + _HELD
# Two transactions of one session never begin in the same microsecond.
_WHICH = "extract(epoch FROM now())"
# What the transaction has locked to write in it, and NULL for an advisory lock: a few more than
# are needed, because asking again afterwards would cost as much as all the rest.
_LOCKED = """
    SELECT array_agg(relation) FROM pg_lock_status() WHERE pid = pg_backend_pid()
    AND (mode = 'RowExclusiveLock' AND locktype = 'relation' OR locktype = 'advisory')
"""


class Look(NamedTuple):
    """What is counted: `visits` changes with every session that comes; `backends` are there now.

    All transactions before `running` have ended.
    """

    visits: tuple[str, str]
    backends: int
    statements: int
    running: str


class End(NamedTuple):
    """How a transaction ended. `began` is empty if that can't be known: it had failed, or was gone.

    `locked` are the relations that it wrote to; `advisory`: it may have held an advisory lock.
    """

    look: Look
    began: str = ""
    locked: frozenset[int] = frozenset()
    advisory: bool = True


class Looks:
    """The questions, prepared in the session of `connection`, and anew when they are lost there."""

    def __init__(self, connection: AnyConnection, about: About) -> None:
        self._about = about
        pgconn = connection.pgconn
        if about.counts_sessions:
            # A new session has not told its own beginning yet.
            pgconn.exec_(b"SELECT pg_stat_force_next_flush()")
        self._prepare(pgconn)

    def begin(
        self, pgconn: PGconn, first: bytes, before: bytes = b""
    ) -> tuple[str, PGresult, PGresult]:
        """Begin a transaction; return what it is known by, and the result of its `first` statement.

        `before` are two statements for a transaction of their own; the third is the first one's
        result.
        """
        message, count = _BEGIN_MESSAGE + first, 3
        if before:
            # Without its BEGIN and COMMIT it would be part of the one that follows.
            message, count = b"BEGIN; " + before + b"; COMMIT; " + message, 7
        results = self._send(pgconn, message, count)
        return _text(results[-2]), results[-1], results[1]

    def end(self, pgconn: PGconn) -> End:
        """Roll back, having looked before, and look again."""
        if pgconn.transaction_status == INTRANS:
            results = exchange(pgconn, _END_MESSAGE)
            if len(results) == 3:
                began, locks = results[0].get_value(0, 0), results[0].get_value(0, 1)
                listed = (locks or b"{}")[1:-1].split(b",")
                relations = frozenset(int(oid) for oid in listed if oid.isdigit())
                advisory = b"NULL" in listed
                return End(_parsed(results[2]), (began or b"").decode(), relations, advisory)
        if pgconn.transaction_status != IDLE:
            exchange(pgconn, b"ROLLBACK")
        return End(self.look(pgconn)[0])

    def look(self, pgconn: PGconn) -> tuple[Look, bool]:
        """Look, with no transaction open; tell too whether this session holds advisory locks."""
        after, held = self._send(pgconn, _LOOK_MESSAGE, 2)
        return _parsed(after), _text(held) == "t"

    def _send(self, pgconn: PGconn, message: bytes, expected: int) -> list[PGresult]:
        results = exchange(pgconn, message)
        if len(results) != expected:
            # DEALLOCATE ALL, which psycopg itself says at times, has taken them.
            if pgconn.transaction_status != IDLE:
                exchange(pgconn, b"ROLLBACK")
            self._prepare(pgconn)
            results = exchange(pgconn, message)
        if len(results) != expected:
            raise DatabaseError(
                "the proof of isolation can't look at the database: its session does not answer "
                f"{message.decode()!r}"
            )
        return results

    def _prepare(self, pgconn: PGconn) -> None:
        oid = self._about.oid
        visits = "0, 0"
        if self._about.counts_sessions:
            visits = f"pg_stat_get_db_sessions({oid}), pg_stat_get_db_stat_reset_time({oid})"
        prepare(pgconn, _BEGIN, f"SELECT {_WHICH}")
        prepare(pgconn, _BEFORE, f"SELECT {_WHICH}, ({_LOCKED})")
        prepare(pgconn, _HELD, f"SELECT EXISTS (SELECT {HELD_LOCKS})")
        prepare(
            pgconn,
            _AFTER,
            f"SELECT {visits}, pg_stat_get_db_numbackends({oid}), "
            f"(SELECT count(*) {PREPARED_STATEMENTS}), "
            "pg_snapshot_xmin(pg_current_snapshot())",
        )


def _parsed(result: PGresult) -> Look:
    ((visits, reset, backends, statements, running),) = rows_of(result)
    return Look((visits, reset), int(backends), int(statements), running)


def _text(result: PGresult) -> str:
    return (result.get_value(0, 0) or b"").decode()
