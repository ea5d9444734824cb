"""A template seeded by code."""

from __future__ import annotations

import sqlite3
from typing import Any


def test_the_rows_of_the_code_are_there(sqlite_database: Any) -> None:
    connection: sqlite3.Connection = sqlite_database.connect()
    names = [name for (name,) in connection.execute("SELECT name FROM customers ORDER BY id")]
    assert len(names) == 3
    assert all(names)
