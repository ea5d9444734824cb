"""`Lease`: tells other runs on a shared server that this one lives, and sweeps those that don't.

A run holds an advisory lock named by its prefix for as long as it lives: the server lets go of it
when the run ends, whatever ended it. A database whose prefix nobody holds is nobody's.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from belljar.databases.server import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Lease", "drop_prefixed", "force_drop"]

# The first half of our locks' names; the second is the eight digits of the prefix.
OURS = 0x626A6C73
NAMES = "SELECT datname::text FROM pg_database WHERE datname ~ '^belljar_[0-9a-f]{8}_'"
# Of every database of the server, unlike what `pg_try_advisory_lock` sees.
HELD = (
    "SELECT objid::bigint FROM pg_locks"
    f" WHERE locktype = 'advisory' AND classid = {OURS} AND objsubid = 2 AND granted"
)
# In case that something between us and the server has lost the lock without telling us.
BUSY = "SELECT DISTINCT datname::text FROM pg_stat_activity WHERE datname IS NOT NULL"


class Lease:
    """Held on one connection until `end()`."""

    def __init__(self, connection: Connection[Any], prefix: str) -> None:
        self._connection = connection
        number = int(prefix.split("_")[1], 16)
        signed = number - (1 << 32) if number >= 1 << 31 else number
        connection.execute("SELECT pg_advisory_lock(%s, %s)", (OURS, signed))
        with suppress(_errors()):  # from 14 on; a server may send idle sessions away
            connection.execute("SET idle_session_timeout = 0")

    def sweep(self) -> None:
        """Drop what dead runs have left, as far as this user may."""
        # In this order: who has made one of these databases had its lock before.
        names = [row[0] for row in self._connection.execute(NAMES)]
        if not names:
            return
        held = {f"{row[0]:08x}" for row in self._connection.execute(HELD)}
        busy = {row[0] for row in self._connection.execute(BUSY)}
        for name in names:
            if name.split("_")[1] not in held and name not in busy:
                with suppress(_errors()):  # another user's, or another run is faster
                    force_drop(self._connection, name)

    def end(self, prefix: str) -> None:
        """Drop all that has the prefix, and let go of it."""
        with self._connection:
            drop_prefixed(self._connection, prefix)


def drop_prefixed(connection: Connection[Any], prefix: str) -> None:
    """Drop the databases whose names begin so."""
    for (name,) in connection.execute(NAMES).fetchall():
        if name.startswith(prefix):
            force_drop(connection, name)


def force_drop(connection: Connection[Any], name: str) -> None:
    """Drop a database, whoever is connected to it, even if it is marked as a template."""
    rows = connection.execute("SELECT datistemplate FROM pg_database WHERE datname = %s", (name,))
    if any(row[0] for row in rows):
        connection.execute(f"ALTER DATABASE {quoted(name)} IS_TEMPLATE false".encode())
    connection.execute(f"DROP DATABASE IF EXISTS {quoted(name)} WITH (FORCE)".encode())


def _errors() -> type[Exception]:
    import psycopg

    return psycopg.Error
