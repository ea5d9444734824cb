"""`Snapshots`: states of one database to come back to, as often as wanted, in milliseconds.

    snapshots = Snapshots(server, url, quiesce=engine.dispose)
    snapshots.take("checkout-done")
    ...
    snapshots.restore("checkout-done")

A snapshot is a copy of the database on the same server (CREATE DATABASE ... TEMPLATE), and a restore
puts a copy of that in the database's place: the URL stays the same. So does what a copy leaves behind
elsewhere in PostgreSQL, ALTER DATABASE ... SET; rights on the database itself (GRANT CONNECT) do not.

PostgreSQL copies a database only while nobody is connected to it. `quiesce` is called first, to close
the connections that the caller knows of: `engine.dispose()` of SQLAlchemy, `pool.close()` of psycopg.
Whoever is still connected is ended, with a warning that names them. A pool that was not told would
hand out dead connections afterwards (AdminShutdown); one that was disposed of connects again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from threading import Thread
from types import TracebackType
from typing import Self

from belljar.databases.errors import BadSnapshot
from belljar.databases.replacing import copy_settings, drop_in_background, replace_database
from belljar.databases.server import LONGEST_NAME, Postgres, quoted
from belljar.databases.sessions import admin_connection, nobody_connected, warn_of
from belljar.databases.urls import database_of

__all__ = ["Snapshots"]

TOKEN_BYTES = 4


class Snapshots:
    """The snapshots of one database that `server.create_database` has made.

    Not for several threads at once. Leaving the `with`, or `close()`, drops them all; so does the
    end of the server.
    """

    def __init__(
        self, server: Postgres, url: str, *, quiesce: Callable[[], None] = lambda: None
    ) -> None:
        # Never somebody else's database: a restore drops what is there.
        self._name = server.own_name(url)
        self._server = server
        self._url = url
        self._quiesce = quiesce
        self._taken: dict[str, str] = {}  # in the order in which they were taken
        self._dropping: list[Thread] = []

    @property
    def names(self) -> tuple[str, ...]:
        """The snapshots that there are, oldest first."""
        return tuple(self._taken)

    def take(self, name: str) -> None:
        """Keep the database's state under that name. Raises `BadSnapshot` for a name in use."""
        self._check_new(name)
        with (
            admin_connection(self._server) as connection,
            nobody_connected(connection, self._name, self._quiesce) as ended,
        ):
            full = f"{name}_{secrets.token_hex(TOKEN_BYTES)}"
            copy = self._server.create_database(full, template=self._name)
            self._taken[name] = copy
            copied = database_of(copy)
            copy_settings(connection, self._name, copied)
            # A look into it would stand in the way of a restore.
            connection.execute(f"ALTER DATABASE {quoted(copied)} ALLOW_CONNECTIONS false".encode())
        warn_of(ended, self._name, f"the snapshot {name!r}", stacklevel=2)

    def restore(self, name: str) -> None:
        """Bring the state back; snapshots taken after that one are forgotten.

        Raises `BadSnapshot` for an unknown name.
        """
        copy = self._find(name)
        # While everybody goes on working: the database itself is away for three renames only.
        fresh = self._server.create_database(template=database_of(copy))
        dropping = replace_database(
            self._server,
            self._url,
            fresh,
            quiesce=self._quiesce,
            settings_of=database_of(copy),
            act=f"restoring the snapshot {name!r}",
            stacklevel=2,
        )
        self._dropping = [thread for thread in self._dropping if thread.is_alive()]
        self._dropping.append(dropping)
        for later in self.names[self.names.index(name) + 1 :]:
            self.drop(later)

    def drop(self, name: str) -> None:
        """Forget one snapshot, and no other. Raises `BadSnapshot` for an unknown name."""
        copy = self._find(name)
        del self._taken[name]
        self._dropping.append(drop_in_background(self._server, copy))

    def close(self) -> None:
        """Drop all snapshots, and return when that is done; may be called again."""
        for name in self.names:
            self.drop(name)
        for thread in self._dropping:
            thread.join()
        self._dropping.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _find(self, name: str) -> str:
        if name not in self._taken:
            known = ", ".join(repr(taken) for taken in self._taken) or "none"
            raise BadSnapshot(
                f"database {self._name!r} has no snapshot {name!r} (it has: {known})\n"
                "  fix: take it before; restoring an older one forgets those taken after it"
            )
        return self._taken[name]

    def _check_new(self, name: str) -> None:
        if name in self._taken:
            raise BadSnapshot(
                f"database {self._name!r} has a snapshot {name!r} already\n"
                "  fix: drop it before, or give this one another name"
            )
        longest = LONGEST_NAME - len(self._server.prefix) - 1 - 2 * TOKEN_BYTES
        size = len(name.encode())
        if not 0 < size <= longest or "\0" in name:
            raise BadSnapshot(
                f"a snapshot's name has 1 to {longest} bytes and no zero byte; {name!r} has {size}"
            )
