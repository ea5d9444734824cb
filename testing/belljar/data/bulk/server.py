"""`Server`: what bulk loading needs of a database: keys, rows that are there, and a way in."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from belljar.data.bulk.errors import BulkFailed
from belljar.data.bulk.keys import Keys, NumberedKeys
from belljar.data.bulk.references import look_again, look_at, look_late, may_look_late
from belljar.data.bulk.rows import Rows
from belljar.data.scenarios.schema import Column, Schema, Table
from belljar.databases.server import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Postgres", "Server", "Sqlite"]

# Consecutive numbers, whatever other sessions have taken in between.
_RESERVE = """
SELECT min(n), max(n) FROM (
    SELECT n, n - {step} * row_number() OVER (ORDER BY n) AS island
    FROM (SELECT nextval({name}::regclass) AS n FROM generate_series(1, %s)) AS given
) AS numbered GROUP BY island ORDER BY 1
"""


class Server(Protocol):
    """A database that is filled, in a transaction that is open."""

    @property
    def schema(self) -> Schema:
        """Its tables."""

    def reserve(self, table: Table, column: Column, count: int) -> Keys:
        """Return keys that the database will give to nobody else."""

    def some(self, table: Table, columns: Sequence[str], most: int) -> list[Any]:
        """Return values of rows that are there."""

    def pack(self, rows: Rows, values: list[Sequence[Any]]) -> Any:
        """Return a block as `write` takes it. May run in another thread than `write`."""

    def write(self, rows: Rows, packed: Any) -> None:
        """Load a block."""

    def begin(self, made: Sequence[Rows]) -> None:
        """Do what has to be done before the first block of all."""

    def finish(self, made: Sequence[Rows]) -> None:
        """Do what has to be done behind the last block of all. Raises what is wrong with it."""


class Postgres:
    """PostgreSQL, by COPY in its text format: one statement a block, so that it can check as we make."""

    def __init__(self, connection: Connection[Any]) -> None:
        from belljar.data.scenarios.schema_postgres import postgres_schema

        self._connection = connection
        self.schema = postgres_schema(connection)
        self._texts: dict[tuple[str, str], Any] = {}
        self._late = False

    def reserve(self, table: Table, column: Column, count: int) -> Keys:
        """Take numbers off the column's sequence."""
        from belljar.data.scenarios.asking import ask

        if not count:
            return NumberedKeys([])
        name = "'" + column.sequence.replace("'", "''") + "'"
        query = f"SELECT seqincrement FROM pg_sequence WHERE seqrelid = {name}::regclass"
        [(step,)] = ask(self._connection, query)
        ranges = ask(self._connection, _RESERVE.format(name=name, step=step), [count])
        return NumberedKeys([(int(low), int(high)) for low, high in ranges], step)

    def some(self, table: Table, columns: Sequence[str], most: int) -> list[Any]:
        """Return them by the order of their values."""
        from belljar.data.scenarios.asking import ask

        names = ", ".join(map(quoted, columns))
        query = f"SELECT {names} FROM {table.sql} ORDER BY {names} LIMIT {most}"
        return ask(self._connection, query)

    def pack(self, rows: Rows, values: list[Sequence[Any]]) -> bytes:
        """Return lines for COPY."""
        texts = [
            self._text(rows, name).of(column)
            for name, column in zip(rows.columns, values, strict=True)
        ]
        lines = "\n".join(map("\t".join, zip(*texts, strict=True))) + "\n"
        try:
            return lines.encode()
        except UnicodeEncodeError as error:
            raise BulkFailed(
                f"\\u{ord(lines[error.start]):04x} in a text is one half of a character",
                place=rows.table.name,
                fix="give its factory a source that writes whole characters",
            ) from None

    def write(self, rows: Rows, packed: Any) -> None:
        """Copy them."""
        names = ", ".join(map(quoted, rows.columns))
        statement = f"COPY {rows.table.sql} ({names}) FROM STDIN"
        with self._connection.cursor().copy(statement.encode()) as copy:
            copy.write(packed)

    def begin(self, made: Sequence[Rows]) -> None:
        """Put the look at references off to the end, where this user may and nothing else is lost."""
        self._late = may_look_late(self._connection, [rows.table.sql for rows in made])
        if self._late:
            look_late(self._connection)

    def finish(self, made: Sequence[Rows]) -> None:
        """Look at the references, all at once, and set sequences past what was written."""
        from belljar.data.scenarios.load_postgres import advance

        if self._late:
            look_again(self._connection)
            for rows in made:
                for reference in rows.table.references:
                    look_at(self._connection, rows.table, reference, self.schema)
        for rows in made:
            for name in rows.columns:
                advance(self._connection, rows.table.sql, rows.table.columns[name])

    def _text(self, rows: Rows, name: str) -> Any:
        from belljar.data.bulk.texts import Texts

        known = self._texts.get((rows.table.name, name))
        if known is None:
            known = Texts(rows.table.columns[name], bind_of(rows, name, "postgresql"))
            self._texts[rows.table.name, name] = known
        return known


class Sqlite:
    """SQLite, by `executemany`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        from belljar.data.scenarios.schema_sqlite import sqlite_schema

        self._connection = connection
        self.schema = sqlite_schema(connection)

    def reserve(self, table: Table, column: Column, count: int) -> Keys:
        """Count on from the largest."""
        query = f"SELECT coalesce(max({quoted(column.name)}), 0) FROM {table.sql}"
        (top,) = self._connection.execute(query).fetchone()
        return NumberedKeys([(top + 1, top + count)] if count else [])

    def some(self, table: Table, columns: Sequence[str], most: int) -> list[Any]:
        """Return them by the order of their values."""
        names = ", ".join(map(quoted, columns))
        query = f"SELECT {names} FROM {table.sql} ORDER BY {names} LIMIT {most}"
        return self._connection.execute(query).fetchall()

    def pack(self, rows: Rows, values: list[Sequence[Any]]) -> list[Any]:
        """Return rows of what SQLite stores."""
        from belljar.data.scenarios.python_values import cell_of
        from belljar.data.scenarios.values_sqlite import value_of
        from belljar.data.scenarios.wanted import Wrong

        columns = []
        for name, column in zip(rows.columns, values, strict=True):
            about, bind = rows.table.columns[name], bind_of(rows, name, "sqlite")
            stored: list[Any] = []
            for value in column:
                bound = bind(value) if bind is not None and value is not None else value
                try:
                    cell = cell_of(bound, 0)
                    stored.append(None if cell.value is None else value_of(about, cell))
                except Wrong as wrong:
                    raise BulkFailed(
                        f"{name} = {value!r}: {wrong.text}", place=rows.table.name, fix=wrong.fix
                    ) from None
            columns.append(stored)
        return list(zip(*columns, strict=True))

    def write(self, rows: Rows, packed: Any) -> None:
        """Insert them."""
        names = ", ".join(map(quoted, rows.columns))
        marks = ", ".join("?" for _ in rows.columns)
        statement = f"INSERT INTO {rows.table.sql} ({names}) VALUES ({marks})"
        self._connection.executemany(statement, packed)

    def begin(self, made: Sequence[Rows]) -> None:
        """Let references be looked at by the commit."""
        self._connection.execute("PRAGMA defer_foreign_keys = ON")

    def finish(self, made: Sequence[Rows]) -> None:
        """Do nothing: SQLite counts on from the largest number."""


def bind_of(rows: Rows, column: str, dialect: str) -> Any:
    """Return what a column's SQLAlchemy type does with a value; None if that is nothing."""
    field = rows.plan.shape.by_column.get(column)
    type_ = getattr(field.origin, "type", None) if field is not None else None
    if type_ is None:
        return None
    from sqlalchemy import Enum, TypeDecorator
    from sqlalchemy.dialects import postgresql, sqlite

    from belljar.data.scenarios.mapped_rows import bound

    if dialect != "sqlite" and not isinstance(type_, (Enum, TypeDecorator)):
        return None  # what PostgreSQL reads of a value itself
    spoken: Any = (sqlite if dialect == "sqlite" else postgresql).dialect()
    return lambda value: bound(type_, value, spoken)
