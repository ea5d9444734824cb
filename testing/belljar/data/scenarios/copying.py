"""`copy_lines`: rows in the text format of PostgreSQL's COPY."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from belljar.databases.server import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["DEFAULT", "NULL", "copy_lines", "escaped"]

NULL = "\\N"
# What COPY is told is the column's default; an escaped text never has a lone backslash.
DEFAULT = "\\D"
_BLOCK = 1 << 18


def escaped(text: str) -> str:
    """Return a text as COPY reads it."""
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text


def copy_lines(
    connection: Connection[Any],
    table: str,
    columns: Sequence[str],
    lines: Iterable[str],
    *,
    defaults: bool = False,
) -> int:
    """Load lines, which end with a newline, into a table (SQL text); return how many rows came."""
    names = f" ({', '.join(map(quoted, columns))})" if columns else ""
    option = f", DEFAULT '{DEFAULT}'" if defaults else ""
    statement = f"COPY {table}{names} FROM STDIN (FORMAT text{option})"
    cursor = connection.cursor()
    with cursor.copy(statement.encode()) as copy:
        waiting: list[str] = []
        size = 0
        for line in lines:
            waiting.append(line)
            size += len(line)
            if size >= _BLOCK:
                copy.write("".join(waiting))
                waiting.clear()
                size = 0
        if waiting:
            copy.write("".join(waiting))
    return cursor.rowcount
