"""`About`: what the proof has to know of a server and a database, asked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from belljar.databases.isolation.wire import ask

if TYPE_CHECKING:
    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["About"]

_ABOUT = """
    SELECT d.oid, current_setting('is_superuser') = 'on',
    current_setting('max_prepared_transactions') <> '0', current_setting('track_counts') = 'on'
    FROM pg_database d WHERE d.datname = current_database()
"""


@dataclass(frozen=True)
class About:
    """The database's oid, what the user may see, and how exact the server counts.

    `counts_sessions`: a session is counted, with all that it did, before it is gone. PostgreSQL 14
    tells it later, by a process of its own.
    """

    oid: int
    superuser: bool
    prepares: bool
    counts_rows: bool
    counts_sessions: bool

    @classmethod
    def of(cls, connection: AnyConnection) -> About:
        """Return it for the database of `connection`."""
        ((oid, superuser, prepares, counts),) = ask(connection, _ABOUT)
        exact = connection.pgconn.server_version >= 150000
        return cls(int(oid), superuser == "t", prepares == "t", exact and counts == "t", exact)

    @property
    def unseen(self) -> tuple[str, ...]:
        """What this user may not see, so that nobody looks at it."""
        if self.superuser:
            return ()
        return ("ALTER SYSTEM", "the contents of large objects", "tables of other users")
