"""`note_rows`: notes of rows that this transaction has created, as the database has them now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from belljar.data.ledger.errors import LedgerRefused
from belljar.data.ledger.notes import Note
from belljar.data.scenarios.asking import ask
from belljar.data.scenarios.schema import Table
from belljar.databases.server import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["key_of", "looked_up", "note_ranges", "note_rows"]

_PART = 5_000


def key_of(table: Table) -> tuple[str, ...]:
    """Return the columns of its primary key. Raises `LedgerRefused` for a table without."""
    if not table.key:
        raise LedgerRefused(
            f"{table.name} has no primary key, so what is created there can't be found again",
            place="ledger",
            fix="create no rows of it here, or give it a key",
        )
    return table.key


def looked_up(
    connection: Connection[Any],
    table: Table,
    key: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    lock: bool = False,
) -> list[Any]:
    """Return (number, xmin, hashes) of the rows that are there; a number is the one in `rows`."""
    if not rows:
        return []
    others = [name for name in table.columns if name not in key]
    hashes = ", ".join(f"left(md5(t.{quoted(name)}::text), 8)" for name in others)
    query = (
        f"SELECT u.o - 1, t.xmin::text, ARRAY[{hashes}]::text[] FROM {table.sql} t "
        f"JOIN {keys_as(table, key, 'u')} {'FOR UPDATE OF t' if lock else ''}"
    )
    return ask(connection, query, columns_of(rows))


def keys_as(table: Table, key: Sequence[str], name: str, of: str = "t") -> str:
    """Return SQL that joins a table's rows to keys, which are its parameters."""
    arrays = ", ".join("%s::text[]" for _ in key)
    columns = ", ".join(f"k{number}" for number in range(len(key)))
    match = " AND ".join(
        f"{of}.{quoted(column)} = {name}.k{number}::{table.columns[column].type}"
        for number, column in enumerate(key)
    )
    return f"unnest({arrays}) WITH ORDINALITY AS {name} ({columns}, o) ON {match}"


def columns_of(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return rows of keys as columns."""
    return [list(column) for column in zip(*rows, strict=True)]


def note_rows(
    connection: Connection[Any], table: Table, keys: Iterable[Sequence[str]], *, ours: bool
) -> list[Note]:
    """Return notes of these rows, which have to be there."""
    key = key_of(table)
    others = tuple(name for name in table.columns if name not in key)
    rows = [tuple(row) for row in keys]
    notes = []
    for first in range(0, len(rows), _PART):
        part = rows[first : first + _PART]
        found = sorted(looked_up(connection, table, key, part))
        notes.append(
            Note(
                table.name,
                key,
                rows=tuple(part[number] for number, _, _ in found),
                xmins=tuple(xmin for _, xmin, _ in found),
                columns=others,
                prints=tuple(tuple(h or "" for h in hashes) for _, _, hashes in found),
                ours=ours,
            )
        )
    return notes


def note_ranges(
    connection: Connection[Any], table: Table, ranges: Sequence[tuple[int, int]], step: int
) -> Note:
    """Return the note of numbers that a sequence has given to rows of one transaction."""
    key = key_of(table)
    query = f"SELECT xmin::text FROM {table.sql} WHERE {quoted(key[0])} = %s"
    [(xmin,)] = ask(connection, query, [ranges[0][0]])
    return Note(table.name, key, ranges=tuple(ranges), step=step, xmins=(xmin,), ours=True)
