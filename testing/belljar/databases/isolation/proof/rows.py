"""`Tables`: how many rows each table has, and a digest of them that does not depend on their order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from belljar.databases.isolation.proof.escapes import Escape
from belljar.databases.isolation.wire import ask

if TYPE_CHECKING:
    from belljar.databases.isolation.proof.about import About
    from belljar.databases.isolation.wire import AnyConnection

__all__ = ["Table", "Tables", "_rows_of", "changes", "tables"]

_TABLES = """
    SELECT c.oid, format('%I.%I', n.nspname, c.relname), pg_relation_filenode(c.oid),
    pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid)
    + pg_stat_get_tuples_deleted(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.relispopulated
    AND c.oid >= 16384 AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND has_table_privilege(c.oid, 'SELECT') ORDER BY c.oid
"""
# Whether all that was ever done to a table is counted by now.
_ALL_COUNTED = """
    SELECT pg_stat_get_db_stat_reset_time($1) IS NULL AND pg_stat_get_db_numbackends($1) = 1
"""
_DIGEST = "coalesce(sum(hashtextextended(t.*::text, 0)::numeric), 0)"
_CHUNK = 50
# Rows are shown of a table that has no more than this.
_SHOWN_OF, _SHOWN = 10_000, 5


@dataclass(frozen=True)
class Table:
    """One table's rows: `digest` is empty when it was not worth looking."""

    name: str
    rows: int
    digest: str = ""


Tables: TypeAlias = dict[int, Table]


def tables(connection: AnyConnection) -> Tables:
    """Return all tables and filled materialized views that may be read."""
    named = {int(oid): name for oid, name, *_ in ask(connection, _TABLES)}
    return _read(connection, named, digests=True)


def changes(connection: AnyConnection, before: Tables) -> list[Escape]:
    """Return tables that are not as they were; those that are new or gone are not among them."""
    now = tables(connection)
    return [
        Escape("rows", f"table {table.name}", _words(table, before[oid]))
        for oid, table in now.items()
        if oid in before and table != before[oid]
    ]


def changes_from(
    connection: AnyConnection, reference: AnyConnection, about: About, *, show_rows: bool
) -> list[Escape]:
    """Return tables that differ from a fresh clone's.

    In a clone nothing has been counted, so a table for which nothing is needs no reading. Of the
    others, rows are counted first, and only as many are compared.
    """
    there = {int(oid): (name, node) for oid, name, node, _ in ask(reference, _TABLES)}
    ((counted,),) = ask(connection, _ALL_COUNTED, about.oid)
    names: dict[int, str] = {}
    for number, name, node, writes in ask(connection, _TABLES):
        oid = int(number)
        same = counted == "t" and about.counts_rows and writes == "0"
        if oid in there and not (same and node == there[oid][1]):
            names[oid] = name
    names_there = {oid: there[oid][0] for oid in names}
    now, was = (_read(connection, names), _read(reference, names_there))
    equal = {oid for oid in names if now[oid].rows == was[oid].rows}
    now |= _read(connection, {oid: names[oid] for oid in equal}, digests=True)
    was |= _read(reference, {oid: names_there[oid] for oid in equal}, digests=True)
    found = []
    for oid, table in now.items():
        if (table.rows, table.digest) != (was[oid].rows, was[oid].digest):
            shown: tuple[str, ...] = ()
            if show_rows and max(table.rows, was[oid].rows) <= _SHOWN_OF:
                shown = _rows_of(connection, table.name, reference, was[oid].name)
            words = _words(table, was[oid])
            found.append(Escape("rows", f"table {table.name}", words, rows=shown))
    return found


def _rows_of(
    connection: AnyConnection, name: str, reference: AnyConnection, name_there: str
) -> tuple[str, ...]:
    """Return some rows that only one of the two has."""
    here = Counter(text for (text,) in ask(connection, f"SELECT t.*::text FROM ONLY {name} t"))
    there = Counter(
        text for (text,) in ask(reference, f"SELECT t.*::text FROM ONLY {name_there} t")
    )
    found: list[str] = []
    for sign, rows in (("+", here - there), ("-", there - here)):
        texts = sorted(rows.elements())
        found += [f"{sign} {text}" for text in texts[:_SHOWN]]
        if len(texts) > _SHOWN:
            found.append(f"{sign} ... and {len(texts) - _SHOWN} more")
    return tuple(found)


def _words(now: Table, was: Table) -> str:
    if now.rows == was.rows:
        return f"not the same rows as in the template ({now.rows}, as there)"
    more = abs(now.rows - was.rows)
    rows = "row" if more == 1 else "rows"
    word = "more" if now.rows > was.rows else "fewer"
    return f"{more} {rows} {word} than the template ({now.rows}, not {was.rows})"


def _read(connection: AnyConnection, named: dict[int, str], *, digests: bool = False) -> Tables:
    digest = _DIGEST if digests else "''"
    oids = list(named)
    found: Tables = {}
    for start in range(0, len(oids), _CHUNK):
        query = " UNION ALL ".join(
            f"SELECT {oid}, count(*), {digest}::text FROM ONLY {named[oid]} t"
            for oid in oids[start : start + _CHUNK]
        )
        for oid, rows, text in ask(connection, query):
            found[int(oid)] = Table(named[int(oid)], int(rows), text)
    return found
