"""`Joined`: what makes a psycopg connection one of a test's, inside the transaction around it.

To the application it commits, rolls back and closes as a real one. Underneath is one real connection (see
`Outer`); `connections.py` has the two kinds that are handed out.

psycopg has no public way to say "begin a transaction like this"; some of its generators are replaced
here, which sync and async connections share. Source: psycopg 3.1 to 3.3, `_connection_base.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import ref

import psycopg
from psycopg import IsolationLevel
from psycopg._connection_base import BaseConnection

from belljar.databases.isolation.errors import IsolationTooWeak
from belljar.databases.isolation.outer import INERROR, Outer
from belljar.databases.isolation.statements import hazard_of, only_reads

if TYPE_CHECKING:
    from psycopg._cursor_base import BaseCursor

    Steps = Generator[Any, Any, Any]
    AnyConnection = BaseConnection[Any]
    AnyCursor = BaseCursor[Any, Any]
else:
    AnyConnection = AnyCursor = object

__all__ = ["AnyCursor", "Joined", "stack_of_caller"]

_FRAMES = 12
# What a transaction has anyway.
_USUAL = (None, IsolationLevel.READ_COMMITTED, IsolationLevel.READ_UNCOMMITTED)


class Joined(AnyConnection):
    """What the two kinds of connection have in common: a mixin."""

    outer: Outer | None
    savepoint: str
    merged: bool
    lost: bool
    wrote: bool
    left: bool
    opened_at: list[tuple[str, int, str]]

    def join(self, outer: Outer) -> None:
        """Become a connection of the test whose transaction `outer` is."""
        self.outer = outer
        self.savepoint = ""
        self.merged = self.lost = self.wrote = self.left = False
        self.opened_at = stack_of_caller()
        # Each connection counts its own, and the server has one set of names.
        self._prepared.prepare_threshold = None

    @property
    def nested(self) -> bool:
        """Whether a `transaction()` block is open."""
        return self._num_transactions > 0

    @property
    def closed(self) -> bool:
        """Whether it was closed, or the server is gone."""
        return self.left or bool(super().closed)

    def become_real(self) -> None:
        """Go on as the owner of the one real connection."""
        self.outer = None
        self.savepoint = ""
        self._take_lock()

    def _reconnect(self) -> None:
        """Go on with a real connection of its own."""
        assert self.outer is not None
        fresh = self.outer.connect()
        self.pgconn = fresh.pgconn
        self.pgconn.notice_handler = partial(BaseConnection._notice_handler, ref(self))
        self.pgconn.notify_handler = partial(BaseConnection._notify_handler, ref(self))
        # What brought it is given up without a word, as one of a pool.
        fresh._pool = None
        self.outer = None
        self._take_lock()

    def _take_lock(self) -> None:
        """Do nothing: an async connection has a lock of its own from the start."""

    def _leave(self) -> None:
        """Roll back what is open, as the end of a session does."""
        if self.outer is not None and self.outer.joined and self.savepoint:
            if self._autocommit and self.pgconn.transaction_status != INERROR:
                self.outer.commit(self)
            else:
                self.outer.roll_back(self)
        self.left = True
        self._closed = True

    def _start_query(self) -> Steps:
        if self.outer is not None:
            self._begin()
        if self.outer is None:
            yield from super()._start_query()

    def _begin(self) -> None:
        assert self.outer is not None
        if self.outer.over:
            raise psycopg.OperationalError(
                "the test that this connection belongs to has ended; nothing may outlive its test"
            )
        if self.lost:
            self.lost = False
            raise IsolationTooWeak(
                "what this connection had not committed is gone: a transaction that was opened "
                "before it was rolled back, and on the rung rollback that takes both\n"
                '  fix: @pytest.mark.database(isolation="template")'
            )
        after = self.savepoint and not self.nested and not self.pgconn.pipeline_status
        if self._autocommit and after and self.outer.joined:
            # The statement before this one was a transaction of its own.
            if self.pgconn.transaction_status == INERROR:
                self.outer.roll_back(self)
            else:
                self.outer.commit(self)
        if self.outer.joined and not self.savepoint and not self.nested:
            self.wrote = False
            self.outer.open(self)
        if self.outer is not None and not self.outer.joined:
            self._reconnect()

    def _commit_gen(self) -> Steps:
        if self.outer is None or self._num_transactions or self._tpc:
            yield from super()._commit_gen()
        elif self.savepoint or self.merged:
            self.outer.commit(self)

    def _rollback_gen(self) -> Steps:
        if self.outer is None or self._num_transactions or self._tpc:
            yield from super()._rollback_gen()
        elif self.savepoint or self.merged:
            self.outer.roll_back(self)
        self.lost = False

    def _check_intrans_gen(self, attribute: str) -> Steps:
        # What the application sees counts: its own transaction, not the one around it.
        inside = self.savepoint and not self._autocommit
        if self.outer is None or inside or self._num_transactions:
            yield from super()._check_intrans_gen(attribute)

    def _set_isolation_level_gen(self, value: IsolationLevel | None) -> Steps:
        level = None if value is None else IsolationLevel(value)
        if self.outer is not None and level not in _USUAL:
            self.outer.hazard("it sets an isolation level", self)
        yield from super()._set_isolation_level_gen(value)

    def _tpc_begin_gen(self, xid: Any) -> Steps:
        if self.outer is not None:
            self.outer.hazard("it begins a two-phase commit", self)
            if not self.outer.joined:
                self._reconnect()
        yield from super()._tpc_begin_gen(xid)

    def begin_pipeline(self, *, explicit: bool) -> None:
        """Begin a transaction, which can't be done in a pipeline."""
        if self.outer is not None and explicit:
            self.outer.hazard("it uses a pipeline", self)
        if self.outer is not None:
            self._begin()

    def look_at(self, query: object) -> None:
        """Climb before a statement that a rolled-back transaction can't hide."""
        if self.outer is None:
            return
        text = query.decode(errors="replace") if isinstance(query, bytes) else query
        if isinstance(query, psycopg.sql.Composable):
            text = query.as_string(None)
        if not isinstance(text, str):
            text = ""
        hazard = hazard_of(text)
        if hazard:
            self.outer.hazard(f"it {hazard}", self)
        if not only_reads(text):
            self.wrote = True

    def __del__(self, *_: Any) -> None:
        """Do nothing: who left it open is told at the end of the test, with the place."""


def stack_of_caller() -> list[tuple[str, int, str]]:
    """Return file, line and function of those who called, innermost first; cheap enough for each.

    Frames of SQLAlchemy, psycopg and this package are left out.
    """
    found: list[tuple[str, int, str]] = []
    frame = sys._getframe(1) if hasattr(sys, "_getframe") else None
    while frame is not None and len(found) < _FRAMES:
        code = frame.f_code
        file = code.co_filename
        if not any(part in file for part in ("/sqlalchemy/", "/psycopg/", "/isolation/")):
            if "/_pytest/" in file or "/pluggy/" in file:
                break
            found.append((file, frame.f_lineno, code.co_name))
        frame = frame.f_back
    return found
