"""`Ground`: what a scenario in code has to know of the database before it is examined."""

from __future__ import annotations

import sqlite3
from typing import Any

from belljar.databases.server import quoted

__all__ = ["Ground"]


class Ground:
    """The database that is loaded into."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self.sqlite = isinstance(driver, sqlite3.Connection)

    def top(self, schema: str | None, table: str, column: str) -> int:
        """Return the largest number in a column; 0 if there is none, or no such column."""
        place = f"{quoted(schema)}.{quoted(table)}" if schema else quoted(table)
        query = f"SELECT coalesce(max({quoted(column)}), 0) FROM {place}"
        if self.sqlite:
            try:
                return int(self._driver.execute(query).fetchone()[0])
            except sqlite3.Error:
                return 0
        import psycopg

        from belljar.data.scenarios.asking import ask

        try:
            with self._driver.transaction():
                return int(ask(self._driver, query)[0][0])
        except psycopg.Error:
            return 0
