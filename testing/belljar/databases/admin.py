"""`AdminConnection`: the connection over which databases are created and dropped.

On a server of our own it is kept, because a new one takes longer than dropping a database does. On
one that others use too it is closed at once: connections are scarce there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["FULL", "AdminConnection"]

# All connections are taken, as the server says it before it knows which language we prefer.
FULL = ("too many clients already", "remaining connection slots", "too many connections for")


class AdminConnection:
    """Runs statements outside transactions, one at a time; `connect` opens a connection."""

    def __init__(self, connect: Callable[[], Connection[Any]], *, keep: bool) -> None:
        self._connect = connect
        self._keep = keep
        self._lock = threading.Lock()
        self._kept: Connection[Any] | None = None
        self._owner = 0

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows. Raises what psycopg does."""
        if not self._keep:
            with self._connect() as connection:
                return _rows(connection, statement)
        import psycopg  # there, or nothing could connect

        with self._lock:
            if self._kept is not None and self._owner == os.getpid():
                try:
                    return _rows(self._kept, statement)
                except psycopg.Error:
                    # A test may have sent all clients away, this one too.
                    if not self._kept.closed:
                        raise
            # In a forked child: the parent's is not ours to close, and psycopg knows that.
            self._kept = self._connect()
            self._owner = os.getpid()
            return _rows(self._kept, statement)

    def close(self) -> None:
        """Close it; the next statement opens another one."""
        with self._lock:
            if self._kept is not None and self._owner == os.getpid():
                self._kept.close()
            self._kept = None


def _rows(connection: Connection[Any], statement: str) -> list[tuple[Any, ...]]:
    cursor = connection.execute(statement.encode())
    return cursor.fetchall() if cursor.description else []
