"""`Postgres`: what tests get, whether the server is our own or one that runs already."""

from __future__ import annotations

import re
import secrets
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from belljar.databases.admin import FULL, AdminConnection
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

    from belljar.databases.template import PostgresTemplate

__all__ = ["Postgres", "copied", "died", "import_psycopg", "one_line", "quoted"]

# PostgreSQL cuts longer names in silence, and two databases become one.
LONGEST_NAME = 63
CONNECT_SECONDS = 10
SESSIONS = (
    "SELECT count(*), coalesce(datname, '-'), string_agg(DISTINCT application_name, ', ')"
    " FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 2 ORDER BY 1 DESC"
)


class Postgres(ABC):
    """A PostgreSQL server on which tests may create databases.

    `ours` tells whether it was started for this run and goes with it.
    """

    def __init__(self, *, ours: bool = True) -> None:
        # Two runs on one server, or two workers of a run, never meet.
        self.prefix = f"belljar_{secrets.token_hex(4)}_"
        self.ours = ours
        self._created: set[str] = set()
        self._version = 0
        self._template: PostgresTemplate | None = None  # what it was started from
        self._loaded: dict[str, str] = {}
        self._connection = AdminConnection(self._connect, keep=ours)

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

    def create_database(self, name: str | None = None, *, template: str | None = None) -> str:
        """Return the URL of a new database; without a name it gets one of its own.

        It is empty, or a copy of `template`, the full name of a database on this server that
        nobody is connected to. On a server that is not ours the name is prefixed, so that runs
        never collide. Raises `BadDatabaseName` for a name that PostgreSQL would cut, or that
        exists.
        """
        full = self._full_name(name or f"test_{secrets.token_hex(4)}")
        if not 0 < len(full.encode()) <= LONGEST_NAME or "\0" in full:
            raise BadDatabaseName(
                f"a database's name has 1 to {LONGEST_NAME} bytes; {full!r} has "
                f"{len(full.encode())}"
            )
        self._create(full, template)
        self._created.add(full)
        return with_database(self.admin_url, full)

    def drop_database(self, name_or_url: str) -> None:
        """Drop a database that `create_database` made, whoever is still connected to it.

        One that is gone already is fine; one that we did not make is `BadDatabaseName`.
        """
        full = self.own_name(name_or_url)
        with suppress(ServerDied):  # and the database with it
            self._admin(f"DROP DATABASE IF EXISTS {quoted(full)} WITH (FORCE)")
        self._created.discard(full)

    def own_name(self, name_or_url: str) -> str:
        """Return the full name of a database that `create_database` made; else `BadDatabaseName`."""
        is_url = "://" in name_or_url
        full = database_of(name_or_url) if is_url else self._full_name(name_or_url)
        if full not in self._created:
            made = ", ".join(sorted(self._created)) or "none"
            raise BadDatabaseName(
                f"{full!r} is not a database that this run has created (those are: {made})"
            )
        return full

    def drop_all(self) -> None:
        """Drop every database that this object has created."""
        for name in sorted(self._created):
            self.drop_database(with_database(self.admin_url, name))

    def ensure_template(self, template: PostgresTemplate | None) -> str | None:
        """Return the name of the database to clone for it; None stands for PostgreSQL's own.

        A server that was started from it has it. Elsewhere its dump is loaded, once for all runs,
        processes and machines that use the server; the same content is found again later.
        """
        if template is None:
            return None
        if self._template is not None and self._template.key == template.key:
            from belljar.databases.template import TEMPLATE_DATABASE

            return TEMPLATE_DATABASE
        if template.key not in self._loaded:
            from belljar.databases.loading import load_template

            self._loaded[template.key] = load_template(self, template)
        return self._loaded[template.key]

    def sessions(self) -> str:
        """Return who holds connections, a line for each database, to explain why there are none."""
        psycopg = import_psycopg()
        try:
            rows = self._connection.execute(SESSIONS)
            most = self._connection.execute("SHOW max_connections")[0][0]
        except psycopg.Error as error:
            raise DatabaseError(one_line(error)) from None
        lines = [f"{count:5} to {name} ({clients or 'unnamed'})" for count, name, clients in rows]
        return "\n".join([f"connections, of {most}:", *lines])

    def _full_name(self, name: str) -> str:
        return name

    def _create(self, full: str, template: str | None) -> None:
        self._admin(f"CREATE DATABASE {quoted(full)}{copied(template)}", name=full)

    def _admin(self, statement: str, *, name: str = "") -> None:
        """Run one statement outside a transaction."""
        psycopg = import_psycopg()
        try:
            self._connection.execute(statement)
        except psycopg.errors.DuplicateDatabase:
            raise BadDatabaseName(f"the database {name!r} exists already") from None
        except psycopg.Error as error:
            self.check()
            raise DatabaseError(f"{statement}: {one_line(error)}") from None

    def _connect(self) -> Connection[Any]:
        psycopg = import_psycopg()
        until = time.monotonic() + CONNECT_SECONDS
        while True:
            try:
                connection: Connection[Any] = psycopg.connect(
                    self.admin_url, autocommit=True, connect_timeout=CONNECT_SECONDS
                )
                return connection
            except psycopg.Error as error:
                self.check()
                text = one_line(error)
                full = any(phrase in text for phrase in FULL)
                # Ours are short: when other processes have them all, one will be free soon.
                if full and time.monotonic() < until:
                    time.sleep(0.05)  # PostgreSQL keeps no queue for connections
                    continue
                place = redacted(self.admin_url)
                raise ServerUnreachable(
                    f"cannot connect to {place}: {text}{_advice(text)}"
                ) from None


def _advice(text: str) -> str:
    """What to do about an error of a connection, where its text does not say it."""
    if any(phrase in text for phrase in FULL):
        return (
            "; all connections are taken: close those that tests leave open, run fewer workers, or "
            "raise max_connections of that server"
        )
    if "invalid response" in text or "expected authentication request" in text:
        return "; what listens there is not PostgreSQL"
    return ""


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


def copied(template: str | None) -> str:
    """Return the part of CREATE DATABASE that says what is copied; empty for PostgreSQL's own."""
    return f" TEMPLATE {quoted(template)}" if template else ""


def quoted(name: str) -> str:
    """Return an identifier as SQL text."""
    return '"' + name.replace('"', '""') + '"'
