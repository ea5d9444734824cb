"""`nobody_connected`: a database to ourselves for a moment, and who had to leave for it.

PostgreSQL copies and renames a database only while nobody is connected to it.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from belljar.databases.errors import DatabaseError
from belljar.databases.server import Postgres, import_psycopg, one_line, quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Session", "SessionsEnded", "admin_connection", "nobody_connected", "warn_of"]

# A connection that was just closed is a session for a moment longer; such a one is not reported.
LEAVING_SECONDS = 0.2
# What PostgreSQL gives a session to end when it is told to.
END_MILLISECONDS = 5000
LONGEST_STATEMENT = 100

ASK = """
SELECT pid, coalesce(application_name, ''), coalesce(usename, ''), coalesce(state, ''),
       coalesce(query, '')
FROM pg_stat_activity
WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker'
ORDER BY pid
"""


class SessionsEnded(UserWarning):
    """Sessions were still open on a database that had to be copied or replaced, and were ended."""


@dataclass(frozen=True)
class Session:
    """Somebody's connection, as PostgreSQL sees it."""

    pid: int
    application: str
    user: str
    state: str
    last: str

    def __str__(self) -> str:
        last = " ".join(self.last.split())
        if len(last) > LONGEST_STATEMENT:
            last = f"{last[:LONGEST_STATEMENT]}..."
        who = f"{self.application or '(no application_name)'} (pid {self.pid}, user {self.user})"
        return f"{who}, {self.state or 'in the background'}, last: {last or '(nothing yet)'}"


@contextmanager
def admin_connection(server: Postgres) -> Iterator[Connection[Any]]:
    """Give a connection outside the databases that tests use. Raises `DatabaseError`."""
    psycopg = import_psycopg()
    try:
        with server._connect() as connection:
            yield connection
    except psycopg.Error as error:
        server.check()
        raise DatabaseError(one_line(error)) from None


@contextmanager
def nobody_connected(
    connection: Connection[Any], name: str, quiesce: Callable[[], None]
) -> Iterator[list[Session]]:
    """Give the sessions that were ended; inside, nobody is connected to `name` and nobody can.

    `quiesce` closes what the caller knows of, pools above all; whoever is there after that is ended.
    """
    quiesce()
    # Before looking: a pool would be back before we are done.
    _allow(connection, name, allowed=False)
    try:
        yield _ended(connection, name)
    finally:
        _allow(connection, name, allowed=True)


def warn_of(sessions: Sequence[Session], name: str, act: str, *, stacklevel: int) -> None:
    """Name the sessions that were ended; once all is done, for warnings may be errors."""
    if sessions:
        listed = "".join(f"\n  - {session}" for session in sessions)
        warnings.warn(
            f"{act} ended {len(sessions)} session(s) on database {name!r}:{listed}\n"
            "  fix: close the connection, or dispose of the pool (engine.dispose()), before",
            SessionsEnded,
            stacklevel=stacklevel + 1,
        )


def _allow(connection: Connection[Any], name: str, *, allowed: bool) -> None:
    statement = f"ALTER DATABASE {quoted(name)} ALLOW_CONNECTIONS {str(allowed).lower()}"
    connection.execute(statement.encode())


def _ended(connection: Connection[Any], name: str) -> list[Session]:
    """Those that had to be ended; what is just leaving may do so."""
    until = time.monotonic() + LEAVING_SECONDS
    while sessions := _sessions(connection, name):
        if time.monotonic() > until:
            break
        time.sleep(0.001)  # between two looks: a session says nothing when it has gone
    for session in sessions:
        connection.execute("SELECT pg_terminate_backend(%s, %s)", (session.pid, END_MILLISECONDS))
    return sessions


def _sessions(connection: Connection[Any], name: str) -> list[Session]:
    return [Session(*row) for row in connection.execute(ASK, (name,))]
