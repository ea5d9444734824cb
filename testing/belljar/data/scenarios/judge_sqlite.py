"""`SqliteJudge`: whether values and rows fit a SQLite database; the database itself takes nearly all.

Checks and keys of expressions are left to SQLite, which tells them when the rows are loaded.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cached_property

from belljar.data.scenarios.errors import Mistake
from belljar.data.scenarios.schema import Column, Schema
from belljar.data.scenarios.schema_sqlite import sqlite_schema
from belljar.data.scenarios.sheets import Cell
from belljar.data.scenarios.values_sqlite import value_of
from belljar.data.scenarios.wanted import Wanted
from belljar.databases.server import quoted

__all__ = ["SqliteJudge"]


class SqliteJudge:
    """Asks through one connection; changes nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @cached_property
    def schema(self) -> Schema:
        """Its tables."""
        return sqlite_schema(self._connection)

    def value(self, column: Column, cell: Cell) -> object:
        """Return what is stored."""
        return value_of(column, cell)

    def wrong_values(self, wanted: Wanted) -> Iterator[Mistake]:
        """Yield nothing: `value` has told."""
        return iter(())

    def wrong_rows(self, wanted: Wanted) -> Iterator[Mistake]:
        """Yield rows that break a unique key."""
        table = wanted.table
        for unique in table.uniques:
            first: dict[tuple[object, ...], int] = {}
            name = f"the unique key {unique.name} of {table.name}"
            for row in wanted.keyed(unique.columns):
                key = tuple(wanted.value(row, column) for column in unique.columns)
                said = f"{wanted.shown(row, unique.columns)}: {name} has this"
                if key in first:
                    place = wanted.place(first[key], unique.columns[0])
                    text, fix = f"{said} at {place} already", "change one of the two"
                    yield wanted.wrong(row, unique.columns, text, fix)
                elif self._has(table.sql, unique.columns, key):
                    text = f"{said} in the database already"
                    fix = "change it, or load into an empty database"
                    yield wanted.wrong(row, unique.columns, text, fix)
                first.setdefault(key, row)

    def wrong_references(self, wanted: Wanted, all_: dict[str, Wanted]) -> Iterator[Mistake]:
        """Yield rows that refer to nothing."""
        for reference in wanted.table.references:
            parent = self.schema.tables.get(reference.to)
            if parent is None or not reference.to_columns:
                continue
            fellows = all_.get(reference.to)
            there = set()
            if fellows is not None:
                there = {
                    tuple(fellows.value(row, column) for column in reference.to_columns)
                    for row in fellows.keyed(reference.to_columns)
                }
            for row in wanted.keyed(reference.columns):
                key = tuple(wanted.value(row, column) for column in reference.columns)
                if key in there or self._has(parent.sql, reference.to_columns, key):
                    continue
                where = f"{reference.to} ({', '.join(reference.to_columns)})"
                text = (
                    f"{wanted.shown(row, reference.columns)}: there is no such row in {where}, "
                    "in the scenario or the database"
                )
                fix = f"add it to the rows of {reference.to}, or name one that is there"
                yield wanted.wrong(row, reference.columns, text, fix)

    def _has(self, table: str, columns: Sequence[str], key: Sequence[object]) -> bool:
        match = " AND ".join(f"{quoted(column)} = ?" for column in columns)
        query = f"SELECT 1 FROM {table} WHERE {match} LIMIT 1"
        return self._connection.execute(query, tuple(key)).fetchone() is not None
