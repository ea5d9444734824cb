"""`Connection` and `Cursor`: a DB-API connection over the statements that a test expects.

What a real driver refuses is refused: use after `close`, rows of a statement that gives none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from belljar.doubles.errors import Refused

if TYPE_CHECKING:
    from belljar.doubles.statements import Statements

__all__ = ["Connection", "Cursor"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True


class Connection:
    """A DB-API connection; what is used after `close` is refused."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self.closed = False

    def cursor(self) -> Cursor:
        """Give a new cursor."""
        self._check("cursor")
        return Cursor(self._statements, self)

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        """Run on a new cursor, as sqlite3 and psycopg have it."""
        return self.cursor().execute(sql, parameters)

    def commit(self) -> None:
        """Count a commit."""
        self._check("commit")
        self._statements.commits += 1

    def rollback(self) -> None:
        """Count a rollback."""
        self._check("rollback")
        self._statements.rollbacks += 1

    def close(self) -> None:
        """Close it."""
        self.closed = True

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        self.commit() if kind is None else self.rollback()

    def _check(self, what: str) -> None:
        if self.closed:
            raise self._statements.ledger.complaint(
                Refused,
                f"statements: {what} on a closed connection",
                choices=["statements.connection()"],
                fix="use it before it is closed",
            )


class Cursor:
    """A DB-API cursor over the rows that were given."""

    arraysize = 1

    def __init__(self, statements: Statements, connection: Connection) -> None:
        self.connection = connection
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._statements = statements
        self._rows: list[tuple[Any, ...]] | None = None
        self._closed = False

    def execute(self, sql: str, parameters: Any = ()) -> Cursor:
        """Run a statement."""
        self._check("execute")
        given = self._statements.run(sql, parameters)
        self.rowcount, self.lastrowid = given.count, given.last
        columns = given.columns
        self.description = [(name, *[None] * 6) for name in columns] if columns else None
        self._rows = list(given.result) if columns else None
        return self

    def executemany(self, sql: str, parameters: Iterable[Any]) -> Cursor:
        """Run a statement once, with the list of all the parameters."""
        return self.execute(sql, list(parameters))

    def fetchone(self) -> tuple[Any, ...] | None:
        """Give the next row, or nothing."""
        rows = self._there("fetchone")
        return rows.pop(0) if rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """Give the next rows."""
        rows = self._there("fetchmany")
        size = self.arraysize if size is None else size
        taken, rows[:size] = rows[:size], []
        return taken

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Give all rows that are left."""
        rows = self._there("fetchall")
        taken, rows[:] = rows[:], []
        return taken

    def close(self) -> None:
        """Close it."""
        self._closed = True

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.fetchall())

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *rest: object) -> None:
        self.close()

    def _there(self, what: str) -> list[tuple[Any, ...]]:
        self._check(what)
        if self._rows is None:
            raise self._statements.ledger.complaint(
                Refused,
                f"statements: {what} after a statement that gives no rows",
                choices=[".rows([...], columns=[...])"],
                fix="a real driver refuses it, too; give it rows, if it has some",
            )
        return self._rows

    def _check(self, what: str) -> None:
        if self._closed or self.connection.closed:
            raise self._statements.ledger.complaint(
                Refused,
                f"statements: {what} on a closed cursor",
                choices=["connection.cursor()"],
                fix="use it before it is closed",
            )
