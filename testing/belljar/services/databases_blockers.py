"""Sessions that keep a database from being put back: found, named and ended.

A service may be in the middle of a transaction when a test ends. It gets a moment to finish; one
that is still open then would commit into the next test, or keep the tables locked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from belljar.databases.isolation.wire import ask
from belljar.databases.sessions import Session

if TYPE_CHECKING:
    from belljar.databases.isolation.wire import AnyConnection
    from belljar.services.databases_rows import Table

__all__ = ["PATIENCE", "end", "holders", "names_of", "unfinished", "writers"]

# For transactions that are being finished.
PATIENCE = 2.0
_LOOK_SECONDS = 0.01
_END_MILLISECONDS = 5000
_WHO = """
    SELECT DISTINCT a.pid, coalesce(a.application_name, ''), coalesce(a.usename, ''),
    coalesce(a.state, ''), coalesce(a.query, '') FROM pg_stat_activity a
"""
_WRITERS = f"""{_WHO}
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
    AND a.backend_xid IS NOT NULL ORDER BY 1
"""
_HOLDERS = f"""{_WHO} JOIN pg_locks l ON l.pid = a.pid
    WHERE l.granted AND a.pid <> pg_backend_pid() AND l.relation = ANY ($1::oid[])
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (l.mode <> 'AccessShareLock' OR $2::boolean) ORDER BY 1
"""


def writers(connection: AnyConnection) -> list[Session]:
    """Return the sessions whose transaction has written something and has not ended."""
    return [_session(row) for row in ask(connection, _WRITERS)]


def holders(connection: AnyConnection, tables: Sequence[Table]) -> list[Session]:
    """Return the sessions that have one of the tables locked against us."""
    oids = "{" + ",".join(str(table.oid) for table in tables) + "}"
    views = "t" if any(table.is_view for table in tables) else "f"
    return [_session(row) for row in ask(connection, _HOLDERS, oids, views)]


def unfinished(look: Callable[[], list[Session]], patience: float = PATIENCE) -> list[Session]:
    """Return the sessions that `look` still finds when the patience is over."""
    until = time.monotonic() + patience
    while sessions := look():
        if time.monotonic() > until:
            break
        time.sleep(_LOOK_SECONDS)  # between two looks: a transaction says nothing when it ends
    return sessions


def end(connection: AnyConnection, sessions: Sequence[Session]) -> None:
    """End them, and what they have not committed is gone."""
    for session in sessions:
        ask(connection, f"SELECT pg_terminate_backend({session.pid}, {_END_MILLISECONDS})")


def names_of(sessions: Sequence[Session]) -> str:
    """Return them as lines of a message."""
    return "".join(f"\n  - {session}" for session in sessions)


def _session(row: tuple[str, ...]) -> Session:
    pid, application, user, state, last = row
    return Session(int(pid), application, user, state, last)
