"""`replace_database`: another database under the same name, so that a URL stays what it was.

The copy that takes the place is made before, while everybody goes on working. Then three renames in
one transaction exchange the two: it happens or it does not, whatever dies meanwhile. The old one is
dropped in the background.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any

from belljar.databases.errors import DatabaseError
from belljar.databases.server import Postgres, quoted
from belljar.databases.sessions import admin_connection, nobody_connected, warn_of
from belljar.databases.urls import database_of

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["copy_settings", "drop_in_background", "replace_database"]

SETTINGS = """
SELECT coalesce(pg_roles.rolname, ''), unnest(setconfig)
FROM pg_db_role_setting
JOIN pg_database ON pg_database.oid = setdatabase
LEFT JOIN pg_roles ON pg_roles.oid = setrole
WHERE datname = %s
"""


def replace_database(
    server: Postgres,
    url: str,
    fresh: str,
    *,
    quiesce: Callable[[], None] = lambda: None,
    settings_of: str = "",
    act: str = "replacing it",
    stacklevel: int = 1,
) -> Thread:
    """Put the database with the URL `fresh` in the place of the one with the URL `url`.

    Both must come from `server.create_database`. Returns the thread that drops the old one; nobody
    has to wait for it. `quiesce` closes the caller's connections to it, others are ended with a
    warning that calls this `act`. What ALTER DATABASE ... SET has set stays, or is taken from the
    database `settings_of`. Raises `DatabaseError`; the old one is in its place then.
    """
    name, other = server.own_name(url), server.own_name(fresh)
    between = f"belljar_{secrets.token_hex(8)}"
    with admin_connection(server) as connection:
        copy_settings(connection, settings_of or name, other)
        with (
            nobody_connected(connection, name, quiesce) as ended,
            connection.transaction(),
        ):
            for old, new in ((name, between), (other, name), (between, other)):
                statement = f"ALTER DATABASE {quoted(old)} RENAME TO {quoted(new)}"
                connection.execute(statement.encode())
    thread = drop_in_background(server, fresh)
    warn_of(ended, name, act, stacklevel=stacklevel + 1)
    return thread


def drop_in_background(server: Postgres, url: str) -> Thread:
    """Return the thread that drops a database: 200 MB take as long as a fifth of copying them."""

    def drop() -> None:
        # Tried again when the server object ends; ours may be gone by now, with all that is in it.
        with suppress(DatabaseError):
            server.drop_database(url)

    thread = Thread(target=drop, name=f"belljar-drop-{database_of(url)}", daemon=True)
    thread.start()
    return thread


def copy_settings(connection: Connection[Any], source: str, target: str) -> None:
    """Give a copied database what ALTER DATABASE ... SET has set: PostgreSQL leaves that behind."""
    for role, setting in connection.execute(SETTINGS, (source,)).fetchall():
        key, _, value = setting.partition("=")
        where = f"ROLE {quoted(role)} IN DATABASE" if role else "DATABASE"
        name = ".".join(quoted(part) for part in key.split("."))
        with connection.transaction():
            # By way of this session: lists (search_path) are stored as text that cannot be quoted.
            connection.execute("SELECT set_config(%s, %s, true)", (key, value))
            statement = f"ALTER {where} {quoted(target)} SET {name} FROM CURRENT"
            connection.execute(statement.encode())
