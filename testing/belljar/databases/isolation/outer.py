"""`Outer`: one real connection in one transaction, which all connections of a test share.

What the application takes for transactions are savepoints in it: its COMMIT releases one, its
ROLLBACK goes back to one. At the end the whole is rolled back.

Two of them that are open at the same time are no longer two transactions: one would see what the
other has not committed. `climb` says what happens then. Where the test may climb, the outer
transaction is committed in earnest and every further connection is a real one, if that is
possible at this point (`_split`); else the test is tried again on a higher rung.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from belljar.databases.isolation.errors import Climb, IsolationTooWeak

if TYPE_CHECKING:
    from psycopg import Connection
    from psycopg.pq.abc import PGresult

    from belljar.databases.isolation.joined import Joined

__all__ = ["Outer"]

IDLE, ACTIVE, INTRANS, INERROR = range(4)
_FATAL_ERROR = 7
# (Sub)transactions of this session that have written something, and are not over.
_WRITERS = (
    b"SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() "
    b"AND locktype = 'transactionid' AND mode = 'ExclusiveLock'"
)
# Fires what is deferred to the commit, and forgets that it was fired.
_CHECK = b"SAVEPOINT belljar_check; SET CONSTRAINTS ALL IMMEDIATE; ROLLBACK TO belljar_check"


class Outer:
    """The transaction around one test; `may_climb` is for `isolation="auto"`.

    `settle` is called before the first command, and `begin` begins the transaction together with
    that command, and gives its result.
    """

    def __init__(
        self,
        raw: Connection[Any],
        connect: Callable[[], Connection[Any]],
        *,
        may_climb: bool,
        deferrable: bool,
        settle: Callable[[], None] = lambda: None,
        begin: Callable[[bytes], PGresult] | None = None,
    ) -> None:
        self.raw = raw
        self.connect = connect  # another real one, to the same database
        self.may_climb = may_climb
        self.lock = threading.RLock()
        self.stack: list[Joined] = []
        self.committed = False
        self.reason = ""  # why the test climbed in place
        self.needed = ""  # why it has to be tried again
        self.over = False
        self.marked = False  # a state inside the transaction was remembered
        self._deferrable = deferrable
        self._number = 0
        self._ended = False
        # It begins with the first command, so that to begin costs no message.
        self.begun = False
        self._settle = settle
        self._begin = begin

    @property
    def joined(self) -> bool:
        """Whether connections still share this one transaction."""
        return not self.reason and not self.over

    @property
    def ended_by_hand(self) -> bool:
        """Whether the application has ended the transaction itself, with a COMMIT typed as SQL."""
        if self.begun and self.joined and self.raw.pgconn.transaction_status == IDLE:
            self._ended = True
        return self._ended

    def command(self, text: bytes) -> None:
        """Run a command of ours; raises psycopg's error for what PostgreSQL refuses."""
        import psycopg

        if self.raw.pgconn.pipeline_status:
            raise IsolationTooWeak(
                "a transaction can't begin or end inside a pipeline on the rung rollback\n"
                '  fix: @pytest.mark.database(isolation="template")'
            )
        if self.begun:
            result = self.raw.pgconn.exec_(text)
        else:
            self.begun = True
            self._settle()
            begin = self._begin
            result = begin(text) if begin else self.raw.pgconn.exec_(b"BEGIN; " + text)
        if result.status == _FATAL_ERROR:
            raise psycopg.errors.lookup(_sqlstate(result))(
                result.error_message.decode(errors="replace")
            )

    def open(self, connection: Joined) -> None:
        """Begin what `connection` takes for its transaction."""
        with self.lock:
            if self.stack and self.stack[-1] is not connection:
                self.hazard("it has several transactions open at the same time", connection)
                if not self.joined:
                    return
            if self.ended_by_hand and not self.stack:
                # What is committed has escaped, and is told at the end; what follows need not.
                self.command(b"BEGIN")
            self._number += 1
            connection.savepoint = f"belljar_{self._number}"
            self.command(b"SAVEPOINT " + connection.savepoint.encode())
            self.stack.append(connection)

    def commit(self, connection: Joined) -> None:
        """End the transaction of `connection`, with what was opened since and lies inside it."""
        with self.lock:
            if self.raw.pgconn.transaction_status == INERROR:
                self.roll_back(connection)  # as a COMMIT of a failed transaction does
                return
            savepoint = connection.savepoint.encode()
            if savepoint and not self._gone():
                if self._deferrable:
                    self.command(_CHECK)
                self.command(b"RELEASE " + savepoint)
            for inner in self._leave(connection):
                inner.savepoint = ""
                inner.merged = True
            self.committed = True

    def roll_back(self, connection: Joined) -> None:
        """Undo the transaction of `connection`."""
        with self.lock:
            savepoint = connection.savepoint.encode()
            if connection.merged:
                connection.merged = False
                raise IsolationTooWeak(
                    "this transaction can't be rolled back: one that was opened before it has "
                    "been committed in the meantime, and on the rung rollback that commits "
                    "both\n"
                    '  fix: @pytest.mark.database(isolation="template")'
                )
            if savepoint and not self._gone():
                self.command(b"ROLLBACK TO " + savepoint + b"; RELEASE " + savepoint)
            for inner in self._leave(connection):
                inner.savepoint = ""
                inner.lost = True

    def hazard(self, reason: str, connection: Joined | None = None) -> None:
        """Take note that the test needs more than this; climb if it may. Raises `Climb`."""
        with self.lock:
            if not self.may_climb or not self.joined:
                return
            if self._split():
                self.reason = reason
                return
            self.needed = reason
            raise Climb(reason)

    def _gone(self) -> bool:
        """Whether the transaction, and every savepoint with it, was ended by hand just now."""
        return self.ended_by_hand and self.raw.pgconn.transaction_status == IDLE

    def hold(self) -> None:
        """Commit what the application has committed, and nothing else: for who looks afterwards."""
        with self.lock:
            if self.stack:
                self.command(b"ROLLBACK TO " + self.stack[0].savepoint.encode())
            if self.begun:
                self.command(b"COMMIT")
            else:
                self._settle()
            self.stack.clear()
            self.reason = "its state was kept"

    def _split(self) -> bool:
        """Make what was committed real, and let what is open go on by itself; tell if it worked."""
        failed = self.raw.pgconn.transaction_status == INERROR
        if self.marked or (failed and (self.committed or not self.stack)):
            return False
        if self.raw.pgconn.pipeline_status:
            return False
        if not self.stack:
            if not self.begun:
                self.command(b"SELECT")  # what is brought back at the beginning, is brought back
            self.command(b"COMMIT")
            return True
        first = self.stack[0]
        if not self.committed:
            # Nothing came before it: the outer transaction is its own.
            first.become_real()
            self.stack.clear()
            return True
        writers = self.raw.pgconn.exec_(_WRITERS).get_value(0, 0)
        if first.wrote or int(writers or b"0") > 1 or first.nested:
            return False
        # It has only read: nothing is lost when it begins again.
        self.command(b"ROLLBACK TO " + first.savepoint.encode() + b"; COMMIT")
        first.become_real()
        self.stack.clear()
        return True

    def _leave(self, connection: Joined) -> list[Joined]:
        """Take `connection` from the stack; return what was opened after it and still is."""
        connection.savepoint = ""
        connection.merged = False
        if connection not in self.stack:
            return []
        place = self.stack.index(connection)
        inner = self.stack[place + 1 :]
        del self.stack[place:]
        return inner


def _sqlstate(result: Any) -> str:
    code = result.error_field(67)  # PG_DIAG_SQLSTATE
    return str(code.decode()) if code else "XX000"
