"""`Postgres`: what tests get, whether the server is our own or one that runs already."""

from __future__ import annotations

import re
import secrets
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from belljar.databases.errors import (
    BadDatabaseName,
    ClientMissing,
    DatabaseError,
    ServerDied,
    ServerUnreachable,
)
from belljar.databases.urls import database_of, redacted, with_database

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Postgres", "died", "import_psycopg", "one_line", "quoted"]

# PostgreSQL cuts longer names in silence, and two databases become one.
LONGEST_NAME = 63


class Postgres(ABC):
    """A PostgreSQL server on which tests may create databases."""

    def __init__(self) -> None:
        # Two runs on one server, or two workers of a run, never meet.
        self.prefix = f"belljar_{secrets.token_hex(4)}_"
        self._created: set[str] = set()

    @property
    @abstractmethod
    def admin_url(self) -> str:
        """URL of the database that is connected to in order to create others."""

    @property
    @abstractmethod
    def url(self) -> str:
        """URL of a database that tests may write to, as libpq, psycopg and SQLAlchemy take it."""

    @abstractmethod
    def log_tail(self, lines: int = 20) -> str:
        """The server's last log lines; empty for a server that is not ours."""

    @abstractmethod
    def check(self) -> None:
        """Raise `ServerDied`, with the last log lines, if the server is gone."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {redacted(self.admin_url)}>"

    def create_database(self, name: str | None = None) -> str:
        """Return the URL of a new, empty database; without a name it gets one of its own.

        On a server that is not ours the name is prefixed, so that runs never collide. Raises
        `BadDatabaseName` for a name that PostgreSQL would cut, or that exists.
        """
        full = self._full_name(name or f"test_{secrets.token_hex(4)}")
        if not 0 < len(full.encode()) <= LONGEST_NAME or "\0" in full:
            raise BadDatabaseName(
                f"a database's name has 1 to {LONGEST_NAME} bytes; {full!r} has "
                f"{len(full.encode())}"
            )
        self._create(full)
        self._created.add(full)
        return with_database(self.admin_url, full)

    def drop_database(self, name_or_url: str) -> None:
        """Drop a database that `create_database` made, whoever is still connected to it.

        One that is gone already is fine; one that we did not make is `BadDatabaseName`.
        """
        is_url = "://" in name_or_url
        full = database_of(name_or_url) if is_url else self._full_name(name_or_url)
        if full not in self._created:
            made = ", ".join(sorted(self._created)) or "none"
            raise BadDatabaseName(
                f"{full!r} is not a database that this run has created (those are: {made})"
            )
        self._admin(f"DROP DATABASE IF EXISTS {quoted(full)} WITH (FORCE)")
        self._created.discard(full)

    def drop_all(self) -> None:
        """Drop every database that this object has created."""
        for name in sorted(self._created):
            self.drop_database(with_database(self.admin_url, name))

    def _full_name(self, name: str) -> str:
        return name

    def _create(self, full: str) -> None:
        self._admin(f"CREATE DATABASE {quoted(full)}", name=full)

    def _admin(self, statement: str, *, name: str = "") -> None:
        """Run one statement outside a transaction."""
        psycopg = import_psycopg()
        with self._connect() as connection:
            try:
                connection.execute(statement.encode())
            except psycopg.errors.DuplicateDatabase:
                raise BadDatabaseName(f"the database {name!r} exists already") from None
            except psycopg.Error as error:
                self.check()
                raise DatabaseError(f"{statement}: {one_line(error)}") from None

    def _connect(self) -> Connection[Any]:
        psycopg = import_psycopg()
        try:
            connection: Connection[Any] = psycopg.connect(
                self.admin_url, autocommit=True, connect_timeout=10
            )
            return connection
        except psycopg.Error as error:
            self.check()
            raise ServerUnreachable(
                f"cannot connect to {redacted(self.admin_url)}: {one_line(error)}"
            ) from None


def import_psycopg() -> Any:
    """Return the module `psycopg`, imported only now: it costs tens of milliseconds."""
    try:
        import psycopg
    except ImportError as error:
        raise ClientMissing(
            f"creating databases needs psycopg 3, which cannot be imported ({error}); "
            'add requirement("psycopg") and its binary to the deps'
        ) from None
    return psycopg


def one_line(error: Exception) -> str:
    """Return an error's text on one line, without what a password could hide in."""
    text = re.sub(r"\s+", " ", str(error)).strip()
    return re.sub(r"(?i)(password=)\S+", r"\1***", text)


def died(name: str, code: str, tail: str, log: str) -> ServerDied:
    """Return the error for a server that is gone."""
    quoted = "".join(f"\n    | {line}" for line in tail.splitlines()) or " (none)"
    return ServerDied(f"the {name} server died: {code}\n  last log lines{log}:{quoted}")


def quoted(name: str) -> str:
    """Return an identifier as SQL text."""
    return '"' + name.replace('"', '""') + '"'
