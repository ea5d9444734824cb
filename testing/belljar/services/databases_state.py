"""`TemplateState`: what a graph's database is put back to, read from a clone that nobody uses.

It is learnt when a database is put back for the first time: a graph that starts is not kept waiting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from belljar.databases.isolation.proof import catalogs
from belljar.databases.isolation.proof.escapes import Escape
from belljar.databases.isolation.sequences import Sequences
from belljar.databases.isolation.wire import ask
from belljar.databases.server import import_psycopg
from belljar.services.databases_rows import Table, count_rows, rows_of, tables_of

if TYPE_CHECKING:
    from psycopg import Connection

    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["APPLICATION", "TemplateState", "opened"]

# What our own sessions are called in pg_stat_activity.
APPLICATION = "belljar"
_LARGE = """
    SELECT coalesce(sum(hashtextextended(encode(data, 'hex'), pageno)::numeric), 0)
    FROM pg_largeobject
"""
_SETTINGS = """
    SELECT coalesce(string_agg(concat_ws(' ', setrole, setconfig::text), ',' ORDER BY setrole), '')
    FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    WHERE d.datname = current_database()
"""
# Statements are prepared when they are said to be.
_NEVER = 1_000_000_000
_IS_SUPERUSER = "SELECT current_setting('is_superuser') = 'on'"


@dataclass(frozen=True)
class Shape:
    """Everything but rows, as values that change with it."""

    catalogs: str
    large: str
    settings: str


class TemplateState:
    """The content of an untouched clone with the URL `url`; a connection to it stays open."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._reference = opened(url)
        reference = self._reference
        self.tables = tables_of(reference)
        self.counts = count_rows(reference, self.tables)
        self.sequences = Sequences(reference)
        self._names = catalogs.readable(reference)
        ((superuser,),) = ask(reference, _IS_SUPERUSER)
        self._superuser = superuser == "t"
        self._catalogs = f"SELECT {catalogs.fingerprint(self._names)}".encode()
        self._shape = self._shape_of(reference)

    def rows(self, table: Table) -> Iterator[bytes]:
        """Return a table's rows; a `Source`."""
        return rows_of(self._reference, table)

    def changes_of(self, connection: AnyConnection) -> list[Escape]:
        """Return what DDL has changed in the database, other than rows."""
        now = self._shape_of(connection)
        if now == self._shape:
            return []
        found: list[Escape] = []
        if now.catalogs != self._shape.catalogs:
            here, there = (
                catalogs.fingerprints(each, self._names) for each in (connection, self._reference)
            )
            differing = tuple(name for name in self._names if here[name] != there[name])
            before = catalogs.objects(self._reference, differing)
            found += catalogs.changes(before, catalogs.objects(connection, differing))
        if now.large != self._shape.large:
            found.append(Escape("large_objects", "large objects", "written"))
        if now.settings != self._shape.settings:
            found.append(Escape("settings", "the database", "ALTER DATABASE or ROLE has set it"))
        if not found:
            # Rewritten by VACUUM FULL, TRUNCATE and their like: the same, and in another place.
            self._shape = now
        return found

    def accept(self, connection: AnyConnection) -> None:
        """Take what the database's catalogs are now for the template's: nothing but rows has changed."""
        self._shape = self._shape_of(connection)

    def close(self) -> None:
        """Close the connection."""
        self._reference.close()

    def _shape_of(self, connection: AnyConnection) -> Shape:
        large = ask(connection, _LARGE)[0][0] if self._superuser else ""
        settings = ask(connection, _SETTINGS)[0][0]
        # Prepared: to plan forty parts takes longer than to look at them.
        row = connection.execute(self._catalogs, prepare=True).fetchone()
        return Shape(str(row[0]) if row else "", large, settings)


def opened(url: str) -> Connection[Any]:
    """Return a connection of ours, in autocommit."""
    connection: Connection[Any] = import_psycopg().connect(
        url, autocommit=True, application_name=APPLICATION
    )
    connection.prepare_threshold = _NEVER
    return connection
