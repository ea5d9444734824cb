"""`settle_journals`: SQLite databases whose last rows are in a write-ahead log have them in the database.

A program that was killed, or has not closed its connection, leaves them in `NAME-wal`. Each page there has
a checksum: without a secret it would not count, and its rows would be lost.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

__all__ = ["settle_journals"]

_WAL = "-wal"
_SQLITE = b"SQLite format 3\0"


def settle_journals(paths: Iterable[Path]) -> None:
    """Move what such logs among these files have into their databases, which may be in use."""
    for path in paths:
        database = path.with_name(path.name.removesuffix(_WAL))
        if path.name.endswith(_WAL) and database.is_file() and path.stat().st_size:
            with database.open("rb") as file:
                begin = file.read(len(_SQLITE))
            if begin == _SQLITE:
                _settle(database)


def _settle(database: Path) -> None:
    import sqlite3  # few runs leave one

    # One that is broken, or that somebody writes to, is a file like others.
    with suppress(sqlite3.Error), closing(sqlite3.connect(database, timeout=1)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
