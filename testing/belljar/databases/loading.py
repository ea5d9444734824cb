"""`load_template`: a template's dump as a database on a server, made once for all who use it.

The database is called `belljar_t_` and a digest, and stays. It is made under a name of this run and
renamed when it is whole, so a killed load is never taken for one. Needs CREATEDB and no more,
unless the dump has extensions that only a superuser may create.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from belljar.databases.dump import Rows, parts
from belljar.databases.errors import TemplateNotLoaded
from belljar.databases.leases import force_drop
from belljar.databases.server import import_psycopg, one_line, quoted
from belljar.databases.urls import redacted, with_database

if TYPE_CHECKING:
    from psycopg import Connection

    from belljar.databases.server import Postgres
    from belljar.databases.template import PostgresTemplate

__all__ = ["load_template"]

PREFIX = "belljar_t_"
# The first half of our locks' names; the second comes from the template's.
OURS = 0x626A7470
# Others load a template meanwhile; one of gigabytes takes minutes.
WAIT = "30min"
KEPT_DAYS = 30
NOTE = "a template of belljar, last used on "
EXISTS = "SELECT 1 FROM pg_database WHERE datname = %s"
NOTES = (
    "SELECT datname::text, shobj_description(oid, 'pg_database') FROM pg_database"
    " WHERE starts_with(datname, %s) AND pg_has_role(datdba, 'USAGE')"
)
SETTING = re.compile(rb"^SET (\w+) = [^\n]*;\n", re.MULTILINE)
EXTENSION_COMMENT = re.compile(rb"^COMMENT ON EXTENSION [^\n]*;\n", re.MULTILINE)


def load_template(server: Postgres, template: PostgresTemplate) -> str:
    """Return the name of the template database, made now if it is not there.

    Raises `TemplateNotLoaded`, or `ServerUnreachable`.
    """
    psycopg = import_psycopg()
    with server._connect() as connection:
        user = connection.execute("SELECT current_user::text").fetchone()
        # Another user's has tables that are not ours to write to.
        digest = hashlib.sha256(f"{template.key}\0{user}".encode()).hexdigest()
        name = PREFIX + digest[:16]
        lock = (OURS, int(digest[:7], 16))
        try:
            connection.execute(f"SET lock_timeout = '{WAIT}'".encode())
            connection.execute("SELECT pg_advisory_lock(%s, %s)", lock)
            if connection.execute(EXISTS, (name,)).fetchone() is None:
                # Somebody connected to another database does not see the lock.
                with suppress(psycopg.errors.DuplicateDatabase):
                    _make(connection, server, template, name)
            _note_use(connection, name)
        except psycopg.Error as error:
            server.check()
            raise TemplateNotLoaded(
                f"{template.dump.name} could not be loaded on {redacted(server.admin_url)}: "
                f"{one_line(error)}{_advice(connection, error)}"
            ) from None
        finally:
            with suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock(%s, %s)", lock)
    return name


def _make(
    connection: Connection[Any], server: Postgres, template: PostgresTemplate, name: str
) -> None:
    # Of this run, so it is swept with the run's other databases.
    unfinished = f"{server.prefix}t_{name.removeprefix(PREFIX)}"
    force_drop(connection, unfinished)
    connection.execute(f"CREATE DATABASE {quoted(unfinished)}".encode())
    try:
        _load(with_database(server.admin_url, unfinished), template)
        for change in ("IS_TEMPLATE true", "ALLOW_CONNECTIONS false", f"RENAME TO {quoted(name)}"):
            connection.execute(f"ALTER DATABASE {quoted(unfinished)} {change}".encode())
    except BaseException:
        psycopg = import_psycopg()
        with suppress(psycopg.Error):
            force_drop(connection, unfinished)
        raise


def _load(url: str, template: PostgresTemplate) -> None:
    psycopg = import_psycopg()
    with psycopg.connect(url, autocommit=True) as connection, template.dump.open("rb") as lines:
        known = {row[0] for row in connection.execute("SELECT name FROM pg_settings")}
        for part in parts(lines):
            if isinstance(part, Rows):
                with connection.cursor().copy(part.sql) as copy:
                    for line in part.lines:
                        copy.write(line)
            else:
                connection.execute(_for_this_server(part.sql, known))
        # As in a database that has been used for a while; otherwise plans would differ.
        connection.execute("RESET ALL; ANALYZE")


def _for_this_server(sql: bytes, known: set[str]) -> bytes:
    """Leave out what an older server does not know, and what only an extension's owner may."""
    sql = SETTING.sub(lambda found: found[0] if found[1].decode() in known else b"", sql)
    return EXTENSION_COMMENT.sub(b"", sql)


def _note_use(connection: Connection[Any], name: str) -> None:
    """Write down that the template is used, and drop those that nobody uses any more."""
    psycopg = import_psycopg()
    row = connection.execute("SELECT current_date::text, (current_date - %s)::text", (KEPT_DAYS,))
    today, oldest = row.fetchone() or ("", "")
    for other, note in connection.execute(NOTES, (PREFIX,)).fetchall():
        used = (note or "").removeprefix(NOTE)
        with suppress(psycopg.Error):  # another run does the same at this moment
            if other == name and used != today:
                connection.execute(
                    f"COMMENT ON DATABASE {quoted(name)} IS '{NOTE}{today}'".encode()
                )
            elif other != name and note and note.startswith(NOTE) and used < oldest:
                force_drop(connection, other)


def _advice(connection: Connection[Any], error: Exception) -> str:
    """What to do about it, where PostgreSQL's own message does not say so."""
    psycopg = import_psycopg()
    text = str(error)
    missing = re.search(r'extension "([^"]+)" is not available', text)
    with suppress(psycopg.Error):
        if missing or "could not open extension control file" in text:
            rows = connection.execute("SELECT name FROM pg_available_extensions ORDER BY 1")
            names = ", ".join(row[0] for row in rows) or "none"
            return f"\n  extensions that this server has: {names}"
        if "permission denied to create extension" in text:
            return (
                "\n  fix: let a superuser run CREATE EXTENSION in the database template1 of that "
                "server; new databases have it then"
            )
    return ""
