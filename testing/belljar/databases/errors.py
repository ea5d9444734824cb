"""Every error that belljar.databases raises, in one tree.

    DatabaseError
    ├── ServerNotFound     no binaries of that server here
    ├── ServerNotStarted   it did not come up
    ├── ServerDied         it came up and is gone, with its last words
    ├── ServerUnreachable  an existing server refuses us, or lacks a right
    ├── BadServerUrl       a URL in the environment that cannot be used
    ├── BadCluster         a prepared data directory is broken, or another PostgreSQL's
    ├── BadDatabaseName    a name that PostgreSQL would cut or that is not ours to drop
    └── ClientMissing      the Python client that is needed is not installed

None shows a password.
"""

from __future__ import annotations

__all__ = [
    "BadCluster",
    "BadDatabaseName",
    "BadServerUrl",
    "ClientMissing",
    "DatabaseError",
    "ServerDied",
    "ServerNotFound",
    "ServerNotStarted",
    "ServerUnreachable",
]


class DatabaseError(Exception):
    """Something is wrong with a server or database, said so that it can be mended."""


class ServerNotFound(DatabaseError):
    """No binaries of that server were found; the message lists where they were looked for."""


class ServerNotStarted(DatabaseError):
    """The server did not come up; the message ends with its last log lines."""


class ServerDied(DatabaseError):
    """The server was up and is gone; the message ends with its last log lines."""


class ServerUnreachable(DatabaseError):
    """An existing server refuses the connection, or its user may not create databases."""


class BadCluster(DatabaseError):
    """A prepared data directory is broken, or was named and is another PostgreSQL's."""


class BadServerUrl(DatabaseError):
    """A server's URL from the environment cannot be used as it is."""


class BadDatabaseName(DatabaseError):
    """A database name is unusable, or names a database that is not ours."""


class ClientMissing(DatabaseError):
    """The Python package that speaks to this server is not installed."""
