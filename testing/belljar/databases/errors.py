"""Every error that belljar.databases raises, in one tree.

    DatabaseError
    ├── ServerNotFound     no binaries of that server here
    ├── ServerNotStarted   it did not come up
    ├── ServerDied         it came up and is gone, with its last words
    ├── ServerUnreachable  an existing server refuses us, or lacks a right
    ├── BadServerUrl       a URL in the environment that cannot be used
    ├── BadCluster         a prepared data directory is broken, or another PostgreSQL's
    ├── BadSnapshot        a snapshot that is not there, or whose name cannot be used
    ├── BadExport          a file that a database cannot be written to or loaded from
    ├── BadDatabaseName    a name that PostgreSQL would cut or that is not ours to drop
    ├── ClientMissing      a client is not installed: a Python package, or pg_dump and its like
    ├── TemplateNotDeclared  a test asks for a database template that its target does not declare
    ├── TemplateNotBuilt   a migration, a seed or an extension failed, or there is no such input
    └── TemplateNotLoaded  a template's dump does not go into the server that runs already

None shows a password.
"""

from __future__ import annotations

__all__ = [
    "BadCluster",
    "BadDatabaseName",
    "BadExport",
    "BadServerUrl",
    "BadSnapshot",
    "ClientMissing",
    "DatabaseError",
    "ServerDied",
    "ServerNotFound",
    "ServerNotStarted",
    "ServerUnreachable",
    "TemplateNotBuilt",
    "TemplateNotDeclared",
    "TemplateNotLoaded",
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


class BadSnapshot(DatabaseError):
    """A database has no such snapshot, or the name for a new one cannot be used."""


class BadExport(DatabaseError):
    """A database cannot be written to this file, or not be loaded from it."""


class ClientMissing(DatabaseError):
    """A client of this server is not installed: a Python package, or a program such as pg_dump."""


class TemplateNotDeclared(DatabaseError):
    """A test asks for a database template that its target does not declare."""


class TemplateNotBuilt(DatabaseError):
    """A migration, a seed or an extension failed; the message has the file and the statement."""


class TemplateNotLoaded(DatabaseError):
    """A template's dump does not go into the server that runs already; the message says why."""
