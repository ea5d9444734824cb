"""`load_sqlite`: rows that were examined, into SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from belljar.data.scenarios.errors import BadScenario, Mistake
from belljar.data.scenarios.wanted import LEFT_OUT, Wanted
from belljar.databases.server import quoted

__all__ = ["load_sqlite"]


def load_sqlite(
    connection: sqlite3.Connection, groups: Sequence[Sequence[Wanted]], name: str
) -> dict[str, int]:
    """Load them in the transaction that is open; return the rows of each table."""
    # References were examined; until the commit they may be in any order.
    connection.execute("PRAGMA defer_foreign_keys = ON")
    rows = {}
    for group in groups:
        for wanted in group:
            _insert(connection, wanted, name)
            rows[wanted.table.name] = len(wanted.rows)
    return rows


def _insert(connection: sqlite3.Connection, wanted: Wanted, name: str) -> None:
    alike: dict[tuple[str, ...], list[int]] = {}
    for row in range(len(wanted.rows)):
        given = [column for column in wanted.columns if wanted.value(row, column) is not LEFT_OUT]
        alike.setdefault(tuple(given), []).append(row)
    for columns, rows in alike.items():
        marks = f"({', '.join(map(quoted, columns))}) VALUES ({', '.join('?' for _ in columns)})"
        statement = f"INSERT INTO {wanted.table.sql} {marks if columns else 'DEFAULT VALUES'}"
        done = 0

        def values() -> object:
            nonlocal done
            for done, row in enumerate(rows):  # noqa: B007, B023
                yield tuple(wanted.value(row, column) for column in columns)  # noqa: B023

        try:
            connection.executemany(statement, values())  # type: ignore[arg-type]  # an iterator
        except sqlite3.Error as error:
            # The driver takes one row, and stores it before it takes the next.
            mistake = Mistake(wanted.place(rows[done]), str(error), "change the row")
            raise BadScenario(name, [mistake]) from None
