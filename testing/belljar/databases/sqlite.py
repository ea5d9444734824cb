"""SQLite's URLs, engines and connections as tests want them.

A database in memory lies under a name (SQLite's `memdb`), so that several connections of this
process can share it, which `:memory:` can't. While one of them has written and not committed, the
others wait; in a file they may go on reading.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from belljar.databases.errors import BadServerUrl, ClientMissing, DatabaseError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["connect", "file_url", "memory_url", "sqlite_engine", "sqlite_uri"]

# Named databases in memory came with this one (2021).
OLDEST = (3, 36, 0)


def memory_url(name: str) -> str:
    """Return the URL of a database in memory, which lives as long as a connection to it does."""
    if sqlite3.sqlite_version_info < OLDEST:
        raise DatabaseError(
            f"SQLite {sqlite3.sqlite_version} has no named databases in memory (3.36 has); "
            "use SqliteStore(on_disk=True)"
        )
    return f"sqlite:///file:/{quote(name)}?uri=true&vfs=memdb"


def file_url(path: Path) -> str:
    """Return the URL of a database in a file."""
    return f"sqlite:///{path}"


def sqlite_uri(url: str) -> str:
    """Return what SQLite itself is given to open: `file:...`."""
    scheme, found, place = url.partition(":///")
    if not found or scheme.partition("+")[0] != "sqlite" or place in ("", ":memory:"):
        raise BadServerUrl(
            f"{url!r} names no SQLite database that two connections can share: it must look like "
            "sqlite:///PATH or sqlite:///file:/NAME?vfs=memdb&uri=true"
        )
    if not place.startswith("file:"):
        return f"file:{quote(place)}"
    path, _, query = place.partition("?")
    kept = [part for part in query.split("&") if part and part != "uri=true"]
    return f"{path}?{'&'.join(kept)}" if kept else path


def connect(url: str, **options: Any) -> sqlite3.Connection:
    """Return a connection that enforces foreign keys; `options` are those of `sqlite3.connect`."""
    connection: sqlite3.Connection = sqlite3.connect(sqlite_uri(url), uri=True, **options)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def sqlite_engine(url: str, *, foreign_keys: bool = True, **options: Any) -> Engine:
    """Return an engine on which transactions and savepoints mean what they say.

    Python's driver begins a transaction by itself, and only before it writes: what was read before
    is not part of it, and a savepoint may not be either. Here SQLAlchemy begins it. Foreign keys
    are enforced unless told otherwise (a migration that rebuilds a table must not delete what refers
    to it), and connections may change threads. `options` are those of `create_engine`.
    """
    try:
        from sqlalchemy import create_engine, event
    except ImportError as error:
        raise ClientMissing(
            f"an engine needs SQLAlchemy, which cannot be imported ({error}); "
            'add requirement("sqlalchemy") to the deps'
        ) from None
    arguments = {"check_same_thread": False, **options.pop("connect_args", {})}
    engine = create_engine(url, connect_args=arguments, **options)

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy begins, not the driver
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
