"""What other sessions of a database have left: themselves, transactions, commits."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING

from belljar.databases.isolation.proof.escapes import Escape
from belljar.databases.isolation.wire import array, ask

if TYPE_CHECKING:
    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["CLOSING_SECONDS", "committed", "prepared", "still_here"]

# A session ends some time after its client has closed it.
CLOSING_SECONDS = 1.0
_LOOK_SECONDS = 0.002
# More transactions than one would want to ask about one by one.
_MANY = 20_000
# The kind of a session of another user is hidden; only those of clients have a user then.
_SESSIONS = """
    SELECT pid, coalesce(usename, ''), coalesce(application_name, ''), coalesce(state, '')
    FROM pg_stat_activity WHERE datid = $1 AND pid <> pg_backend_pid() AND pid <> ALL ($2::int[])
    AND (backend_type = 'client backend' OR backend_type IS NULL AND usesysid IS NOT NULL)
    ORDER BY pid
"""
_PREPARED = "SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY 1"
_NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())"
_COMMITTED = """
    SELECT EXISTS (SELECT FROM generate_series($1::bigint, $2::bigint - 1) x
    WHERE x <> ALL ($3::bigint[]) AND pg_xact_status(x::text::xid8) = 'committed')
"""


def still_here(connection: AnyConnection, oid: int, ours: Collection[int]) -> list[Escape]:
    """Return the sessions of the database `oid` that do not go away, each with what ends it."""
    until = time.monotonic() + CLOSING_SECONDS
    while sessions := ask(connection, _SESSIONS, oid, array(ours)):
        if time.monotonic() > until:
            break
        time.sleep(_LOOK_SECONDS)  # between two looks: a session says nothing when it has gone
    found = []
    for pid, user, application, state in sessions:
        who = ", ".join(filter(None, (f"user {user}", application, state)))
        undo = (f"SELECT pg_terminate_backend({pid}, 1000)",)
        found.append(Escape("sessions", f"session {pid}", f"still connected ({who})", undo=undo))
    return found


def prepared(connection: AnyConnection) -> list[Escape]:
    """Return the transactions that are prepared and neither committed nor rolled back."""
    found = []
    for (gid,) in ask(connection, _PREPARED):
        undo = ("ROLLBACK PREPARED '" + gid.replace("'", "''") + "'",)
        found.append(Escape("prepared", f"transaction {gid}", "still prepared", undo=undo))
    return found


def committed(connection: AnyConnection, since: str, own: Collection[str]) -> bool:
    """Tell whether a transaction of this server has committed, other than `own`, since that one.

    Exact, and at once; but another database's transaction counts too. If there was none, nothing
    was written anywhere.
    """
    ((last,),) = ask(connection, _NEXT)
    if int(last) - int(since) > _MANY:
        return True
    ((found,),) = ask(connection, _COMMITTED, since, last, array(own))
    return found == "t"
