"""`ask`: a query's rows as plain tuples, whatever the connection's owner wants rows to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["ask"]


def ask(connection: Connection[Any], query: str, parameters: Sequence[object] = ()) -> list[Any]:
    """Run it; return all rows. Without parameters a % is a %."""
    from psycopg import Cursor
    from psycopg.rows import tuple_row

    cursor: Cursor[Any] = connection.cursor(row_factory=tuple_row)
    with cursor:
        cursor.execute(query.encode(), list(parameters) or None)
        return cursor.fetchall() if cursor.description else []
