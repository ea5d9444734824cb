"""Rows of a database, put back as they were while other sessions stay connected.

    changed = changed_tables(connection, tables, counts, since)
    put_back(connection, changed, source)

Nothing is truncated: TRUNCATE waits for everybody who has a table open to read it, and wants the
tables that refer to it to be emptied too. Rows are deleted and copied again in one transaction,
with triggers and foreign keys off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from belljar.databases.isolation.wire import ask

if TYPE_CHECKING:
    from belljar.databases.isolation.wire import AnyConnection

__all__ = [
    "Source",
    "Table",
    "changed_tables",
    "count_rows",
    "horizon",
    "put_back",
    "rows_of",
    "tables_of",
    "vacuum",
]

_TABLES = """
    SELECT c.oid, format('%I.%I', n.nspname, c.relname), c.relkind
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't' AND c.relispopulated
    AND c.oid >= 16384 AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND has_table_privilege(c.oid, 'SELECT') ORDER BY c.oid
"""
_PLAINLY = (
    # Not fired: triggers, foreign keys, rules. For a superuser, or who was granted it.
    "SET LOCAL session_replication_role = replica",
    "SET LOCAL row_security = off",
    "SET LOCAL statement_timeout = 0",
    # Below PostgreSQL's deadlock_timeout: in a deadlock it is we who give way.
    "SET LOCAL lock_timeout = '200ms'",
)
# How many tables one query asks about.
_CHUNK = 50
# Dead rows that are worth a VACUUM, in bytes of a table.
_BLOATED = 1024 * 1024


@dataclass(frozen=True)
class Table:
    """A table, or a materialized view, by its full name."""

    oid: int
    name: str
    is_view: bool


# Gives the rows that a table had, as COPY writes them.
Source = Callable[[Table], Iterable[bytes]]


def tables_of(connection: AnyConnection) -> list[Table]:
    """Return all that have rows of their own and may be read: partitions, not their parents."""
    return [Table(int(oid), name, kind == "m") for oid, name, kind in ask(connection, _TABLES)]


def horizon(connection: AnyConnection) -> str:
    """Return the transaction before which all have ended: later ones may be seen from now on."""
    ((number,),) = ask(connection, "SELECT pg_snapshot_xmin(pg_current_snapshot())")
    return number


def count_rows(connection: AnyConnection, tables: Sequence[Table]) -> dict[int, int]:
    """Return how many rows each has, by its oid."""
    return {oid: rows for oid, rows, _ in _look(connection, tables, "false")}


def changed_tables(
    connection: AnyConnection, tables: Sequence[Table], counts: Mapping[int, int], since: str
) -> list[Table]:
    """Return those that have not `counts` rows, or some that a transaction from `since` on wrote.

    Exact, in one look over each table: a row that was updated or inserted has its transaction's
    number, and one that was deleted is missing.
    """
    newer = f"age(t.xmin) <= age('{since}'::xid8::xid)"
    changed = {
        oid for oid, rows, new in _look(connection, tables, newer) if new or rows != counts[oid]
    }
    return [table for table in tables if table.oid in changed]


def rows_of(connection: AnyConnection, table: Table) -> Iterator[bytes]:
    """Return a table's rows, for `put_back` elsewhere."""
    with connection.cursor().copy(f"COPY {table.name} TO STDOUT".encode()) as copy:
        for data in copy:
            yield bytes(data)


def put_back(
    connection: AnyConnection, changed: Sequence[Table], counts: Mapping[int, int], source: Source
) -> str:
    """Give tables the rows of `source`, in one transaction, and return that one's number.

    Who only reads goes on; writers wait. Raises what psycopg does: LockNotAvailable when a lock
    could not be had at once, and InsufficientPrivilege for a user who must not turn off triggers.
    """
    with connection.transaction():
        for statement in _PLAINLY:
            connection.execute(statement)
        tables = [table for table in changed if not table.is_view]
        if tables:
            names = ", ".join(f"ONLY {table.name}" for table in tables)
            connection.execute(f"LOCK TABLE {names} IN EXCLUSIVE MODE".encode())
        for table in tables:
            connection.execute(f"DELETE FROM ONLY {table.name}".encode())
            if counts[table.oid]:
                with connection.cursor().copy(f"COPY {table.name} FROM STDIN".encode()) as copy:
                    for data in source(table):
                        copy.write(data)
        for table in changed:
            if table.is_view:
                connection.execute(f"REFRESH MATERIALIZED VIEW {table.name}".encode())
        row = connection.execute("SELECT pg_current_xact_id()::text").fetchone()
    return str(row[0]) if row else ""


def vacuum(connection: AnyConnection, changed: Sequence[Table]) -> None:
    """Have the dead rows of hundreds of tests removed where they are many; waits for nobody."""
    oids = "{" + ",".join(str(table.oid) for table in changed) + "}"
    query = f"SELECT oid FROM unnest($1::oid[]) oid WHERE pg_relation_size(oid) > {_BLOATED}"
    bloated = {int(oid) for (oid,) in ask(connection, query, oids)}
    for table in changed:
        if table.oid in bloated and not table.is_view:
            connection.execute(f"VACUUM (SKIP_LOCKED) {table.name}".encode())


def _look(
    connection: AnyConnection, tables: Sequence[Table], newer: str
) -> Iterator[tuple[int, int, int]]:
    for start in range(0, len(tables), _CHUNK):
        query = " UNION ALL ".join(
            f"SELECT {table.oid}, count(*), count(*) FILTER (WHERE {newer}) FROM ONLY {table.name} t"
            for table in tables[start : start + _CHUNK]
        )
        for oid, rows, new in ask(connection, query):
            yield int(oid), int(rows), int(new)
