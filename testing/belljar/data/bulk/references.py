"""`look_at`: the references of a whole table in one query, in place of one look for each row.

PostgreSQL looks up every row's reference by itself, which takes most of a load's time. A superuser, who
owns the servers that are ours, may put that off; here it is made good in the same transaction.
Triggers of a team's own would not run, so a table that has some is loaded as always.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from belljar.data.bulk.errors import BulkFailed
from belljar.data.scenarios.asking import ask
from belljar.data.scenarios.schema import Reference, Schema, Table
from belljar.databases.server import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["look_again", "look_at", "look_late", "may_look_late"]

_MAY = """
SELECT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    AND current_setting('session_replication_role') = 'origin'
    AND NOT EXISTS (SELECT FROM pg_trigger WHERE NOT tgisinternal
        AND tgrelid = ANY(SELECT t::regclass FROM unnest(%s::text[]) t))
    AND NOT EXISTS (SELECT FROM pg_rules WHERE schemaname || '.' || tablename = ANY(%s::text[]))
"""
_SET = "SELECT set_config('session_replication_role', '{}', true)"


def may_look_late(connection: Connection[Any], tables: Sequence[str]) -> bool:
    """Tell whether this user may, and whether these tables have no trigger or rule of their own."""
    plain = [name.replace('"', "") for name in tables]
    return bool(ask(connection, _MAY, [list(tables), plain])[0][0])


def look_late(connection: Connection[Any]) -> None:
    """Put the looks off, in this transaction alone."""
    ask(connection, _SET.format("replica"))


def look_again(connection: Connection[Any]) -> None:
    """Go on as always."""
    ask(connection, _SET.format("origin"))


def look_at(
    connection: Connection[Any], table: Table, reference: Reference, schema: Schema
) -> None:
    """Raise `BulkFailed` if a row of the table refers to one that is not there."""
    to = schema.tables[reference.to].sql
    pairs = list(zip(reference.columns, reference.to_columns, strict=True))
    match = " AND ".join(f"p.{quoted(there)} = c.{quoted(here)}" for here, there in pairs)
    given = " AND ".join(f"c.{quoted(here)} IS NOT NULL" for here in reference.columns)
    names = ", ".join(quoted(here) for here in reference.columns)
    query = (
        f"SELECT {names} FROM {table.sql} c WHERE {given} "
        f"AND NOT EXISTS (SELECT FROM {to} p WHERE {match}) LIMIT 1"
    )
    for row in ask(connection, query):
        said = ", ".join(f"{c} = {v}" for c, v in zip(reference.columns, row, strict=True))
        raise BulkFailed(
            f"{said}: there is no such row in {reference.to} ({', '.join(reference.to_columns)})",
            place=table.name,
            fix="let the bulk pick what it refers to: leave the source out",
        )
