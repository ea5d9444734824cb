"""The point `sql`: statements and commits that go through SQLAlchemy, of any engine, sync or async.

What is raised is the driver's own exception, at the place where the driver raises it, so that SQLAlchemy
wraps it, and invalidates connections, as ever. `method` is execute, commit or connect.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from typing import Any

from belljar.faults.errors import LibraryMissing
from belljar.faults.fault import Fault
from belljar.faults.matching import Call
from belljar.faults.points.point import Point

__all__ = ["SqlPoint"]

MESSAGES = {
    "40001": "could not serialize access due to concurrent update",
    "40P01": "deadlock detected",
    "57014": "canceling statement due to user request",
    "57P01": "terminating connection due to administrator command",
    "53300": "sorry, too many clients already",
    "55P03": "could not obtain lock on row",
    "23505": "duplicate key value violates unique constraint",
    "53100": "could not extend file: No space left on device",
}
SQLITE_MESSAGE = "database is locked"


class SqlPoint(Point):
    """SQLAlchemy in the test's process."""

    name = "sql"

    def install(self) -> None:
        """Listen to what dialects execute, commit and connect."""
        try:
            from sqlalchemy import Engine, event
            from sqlalchemy.engine.default import DefaultDialect
        except ImportError:
            raise LibraryMissing(
                "SQLAlchemy is not installed", place="sql", fix="add sqlalchemy to the test's deps"
            ) from None

        def execute(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
            return self._execute("do_execute", cursor, statement, parameters, context)

        def executemany(cursor: Any, statement: str, parameters: Any, context: Any) -> bool:
            return self._execute("do_executemany", cursor, statement, parameters, context)

        def bare(cursor: Any, statement: str, context: Any) -> bool:
            return self._execute("do_execute_no_params", cursor, statement, None, context)

        for name, listener in (
            ("do_execute", execute),
            ("do_executemany", executemany),
            ("do_execute_no_params", bare),
            ("do_connect", self._connect),
        ):
            event.listen(Engine, name, listener)
            self.at_end(event.remove, Engine, name, listener)

        commit: Any = DefaultDialect.do_commit

        # There is no event inside of what SQLAlchemy guards: an error of `commit` is not wrapped.
        def do_commit(dialect: Any, connection: Any) -> None:
            faults = self.engine.decide(Call("commit", attributes=_attributes("COMMIT")))
            driver = connection.driver_connection
            if any(fault.kind == "sql_error" for fault in faults):
                # A server has undone what it refuses to commit.
                dialect.do_rollback(connection)
            lost = self._before(faults, dialect.loaded_dbapi, driver)
            commit(dialect, connection)
            if lost:
                self._lose(dialect.loaded_dbapi, driver, connection.cursor)

        self.replace(DefaultDialect, "do_commit", do_commit)

    def _execute(
        self, how: str, cursor: Any, statement: str, parameters: Any, context: Any
    ) -> bool:
        faults = self.engine.decide(Call("execute", attributes=_attributes(statement)))
        if not faults:
            return False
        dialect = context.dialect
        driver = context.root_connection.connection.driver_connection
        if not self._before(faults, dialect.loaded_dbapi, driver):
            return False
        arguments = [context] if parameters is None else [parameters, context]
        getattr(dialect, how)(cursor, statement, *arguments)
        self._lose(dialect.loaded_dbapi, driver, lambda: cursor)
        return True

    def _connect(self, dialect: Any, record: Any, arguments: Any, keywords: Any) -> None:
        faults = self.engine.decide(Call("connect", attributes={"statement": "", "verb": ""}))
        for fault in faults:
            if fault.kind in ("reset", "lose_answer"):
                raise dialect.loaded_dbapi.OperationalError(
                    "connection failed: server closed the connection unexpectedly"
                )
        self._before(faults, dialect.loaded_dbapi, None)

    def _before(self, faults: list[Fault], dbapi: Any, driver: Any) -> bool:
        """Do what comes before the work; tell whether its answer is to get lost."""
        lost = False
        for fault in faults:
            if fault.kind == "latency":
                _wait(fault["seconds"])
            elif fault.kind == "sql_error":
                raise _error(dbapi, fault)
            elif fault.kind == "reset" and not _sever(driver):
                raise dbapi.OperationalError("disk I/O error")
            elif fault.kind == "lose_answer":
                lost = True
        return lost

    def _lose(self, dbapi: Any, driver: Any, cursor: Any) -> None:
        """Raise what a driver does that sent the work and found the connection broken."""
        if _sever(driver):
            # The driver finds out by itself, and knows then that its connection is gone.
            cursor().execute("SELECT 1")
        raise dbapi.OperationalError("disk I/O error")


def _attributes(statement: str) -> dict[str, str]:
    flat = re.sub(r"\s+", " ", statement).strip()
    return {"statement": flat, "verb": flat.partition(" ")[0].upper()}


def _error(dbapi: Any, fault: Fault) -> Exception:
    """Make the driver's exception."""
    state, message = fault["sqlstate"], fault["message"]
    message = message or MESSAGES.get(state, "")
    # SQLAlchemy shows an async driver as one that is not; the codes are the real one's.
    lookup = getattr(getattr(dbapi, "psycopg", dbapi), "errors", None)
    if state and lookup is not None and hasattr(lookup, "lookup"):
        try:
            found: Exception = lookup.lookup(state)(message or f"SQLSTATE {state}")
        except KeyError:
            found = getattr(dbapi, fault["error"])(message or f"SQLSTATE {state}")
        return found
    sqlite = getattr(dbapi, "sqlite_version", None)
    usual = SQLITE_MESSAGE if sqlite else "the database failed"
    error: Exception = getattr(dbapi, fault["error"])(message or usual)
    return error


def _sever(driver: Any) -> bool:
    """Break the driver's connection under it; tell whether it has one."""
    try:
        descriptor = driver.fileno()
    except (AttributeError, OSError):
        return False
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        copy.shutdown(socket.SHUT_RDWR)
    return True


def _wait(seconds: float) -> None:
    from sqlalchemy.exc import MissingGreenlet
    from sqlalchemy.util import await_only

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        time.sleep(seconds)
        return
    try:
        await_only(asyncio.sleep(seconds))
    except MissingGreenlet:
        # A sync engine in a loop's thread: it holds the loop up for real, too.
        time.sleep(seconds)
