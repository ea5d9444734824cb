"""`Contents`: what is in a database, to be compared with what is in its template."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from belljar.databases.isolation.proof import catalogs, rows
from belljar.databases.isolation.proof.escapes import Escape
from belljar.databases.isolation.wire import ask

if TYPE_CHECKING:
    from belljar.databases.isolation.proof.about import About
    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["Contents", "changes", "changes_from"]

# Values look the same in both, and names are full.
_PLAIN = (
    "BEGIN READ ONLY",
    "SET LOCAL search_path = ''",
    "SET LOCAL row_security = off",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = '5s'",
    "SET LOCAL jit = off",
)
_LARGE = """
    SELECT loid, sum(hashtextextended(encode(data, 'hex'), pageno)::numeric)
    FROM pg_largeobject GROUP BY 1
"""


@dataclass(frozen=True)
class Contents:
    """Objects, rows and large objects at one time."""

    objects: catalogs.Objects
    tables: rows.Tables
    large: dict[str, str]

    @classmethod
    def of(cls, connection: AnyConnection, about: About) -> Contents:
        """Return what is there now. The connection has no transaction open."""
        with _plainly(connection):
            return cls(
                objects=catalogs.objects(connection, catalogs.readable(connection)),
                tables=rows.tables(connection),
                large=_large(connection, about),
            )


def changes(
    connection: AnyConnection, about: About, before: Contents, off: Collection[str]
) -> list[Escape]:
    """Return what is not as it was."""
    now = Contents.of(connection, about)
    with _plainly(connection):
        found = [
            *catalogs.changes(before.objects, now.objects),
            *rows.changes(connection, before.tables),
            *_rewritten(before.large, now.large),
        ]
    return [escape for escape in found if escape.kind not in off]


def changes_from(
    connection: AnyConnection,
    reference: AnyConnection,
    about: About,
    *,
    off: Collection[str],
    show_rows: bool = False,
) -> list[Escape]:
    """Return what is not as in another clone of the same template."""
    found: list[Escape] = []
    # What this session did itself is counted when it has had nothing to do for a moment.
    if about.counts_sessions:
        ask(connection, "SELECT pg_stat_force_next_flush()")
    with _plainly(connection), _plainly(reference):
        if not {"ddl", "large_objects"} <= set(off):
            names = catalogs.readable(connection)
            here, there = (catalogs.fingerprints(c, names) for c in (connection, reference))
            differing = tuple(name for name in names if here[name] != there.get(name))
            before = catalogs.objects(reference, differing)
            found += catalogs.changes(before, catalogs.objects(connection, differing))
        if "rows" not in off:
            found += rows.changes_from(connection, reference, about, show_rows=show_rows)
        if "large_objects" not in off:
            found += _rewritten(_large(reference, about), _large(connection, about))
    return [escape for escape in found if escape.kind not in off]


@contextmanager
def _plainly(connection: AnyConnection) -> Iterator[None]:
    """Read in one transaction, with settings that do not depend on who asks."""
    connection.pgconn.exec_("; ".join(_PLAIN).encode())
    try:
        yield
    finally:
        connection.pgconn.exec_(b"ROLLBACK")


def _large(connection: AnyConnection, about: About) -> dict[str, str]:
    if not about.superuser:
        return {}
    return {loid: digest for loid, digest in ask(connection, _LARGE)}


def _rewritten(before: dict[str, str], now: dict[str, str]) -> list[Escape]:
    return [
        Escape("large_objects", f"large object {loid}", "rewritten")
        for loid in sorted(before.keys() & now.keys())
        if before[loid] != now[loid]
    ]
