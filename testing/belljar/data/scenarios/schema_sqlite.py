"""`sqlite_schema`: the tables of a SQLite database, from its pragmas."""

from __future__ import annotations

import re
import sqlite3

from belljar.data.scenarios.schema import Column, Reference, Schema, Table, Unique
from belljar.databases.server import quoted

__all__ = ["sqlite_schema"]

_TABLES = (
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    " ORDER BY name"
)
# What a program calls a type; SQLite itself only knows five.
_KINDS = (
    (r"INT", "integer"),
    (r"BOOL", "boolean"),
    (r"JSON", "json"),
    (r"DATETIME|TIMESTAMP", "datetime"),
    (r"DATE", "date"),
    (r"TIME", "time of day"),
    (r"BLOB|BINARY|BYTEA", "blob"),
    (r"UUID", "uuid"),
    (r"CHAR|CLOB|TEXT|ENUM", "text"),
    (r"REAL|FLOA|DOUB", "real"),
    (r"NUMERIC|DECIMAL", "number"),
)
_LIMIT = re.compile(r"CHAR\w*\s*\(\s*(\d+)\s*\)", re.IGNORECASE)


def sqlite_schema(connection: sqlite3.Connection) -> Schema:
    """Return it, of the main database."""
    # What a virtual table keeps its own rows in is nobody's to fill.
    shadows = {
        row[1] for row in connection.execute("PRAGMA table_list").fetchall() if row[2] == "shadow"
    }
    tables = {}
    for (name,) in connection.execute(_TABLES).fetchall():
        if name not in shadows:
            tables[str(name)] = _table(connection, str(name))
    by_case = {name.lower(): name for name in tables}
    for table in tables.values():
        table.references = [_resolved(reference, tables, by_case) for reference in table.references]
    views = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'view'").fetchall()
    aliases = {f"main.{name}": name for name in tables}
    return Schema(tables, aliases, {str(name): "a view" for (name,) in views})


def _table(connection: sqlite3.Connection, name: str) -> Table:
    table = Table(name, quoted(name))
    keys: dict[int, str] = {}
    for row in connection.execute(f"PRAGMA table_xinfo({quoted(name)})"):
        _, column, declared, not_null, default, key, hidden = row
        keys |= {key: column} if key else {}
        kind = next((kind for words, kind in _KINDS if re.search(words, declared.upper())), "")
        found = _LIMIT.search(declared)
        table.columns[column] = Column(
            column,
            declared or "any",
            nullable=not not_null,
            default=default is not None,
            generated=hidden in (2, 3),
            kind=kind,
            limit=int(found[1]) if found else None,
        )
    table.key = tuple(keys[number] for number in sorted(keys))
    if len(table.key) == 1 and table.columns[table.key[0]].type.upper() == "INTEGER":
        own = table.columns[table.key[0]]
        # The row's number: SQLite gives one where none is given.
        table.columns[own.name] = Column(
            own.name, own.type, nullable=False, default=True, kind=own.kind, sequence="rowid"
        )
    if table.key:
        table.uniques.append(Unique(f"{name}'s primary key", table.key, table.key))
    _keys_and_references(connection, table)
    return table


def _keys_and_references(connection: sqlite3.Connection, table: Table) -> None:
    for _, index, unique, origin, partial in connection.execute(
        f"PRAGMA index_list({quoted(table.name)})"
    ).fetchall():
        columns = [row[2] for row in connection.execute(f"PRAGMA index_info({quoted(index)})")]
        # Those with an expression or a condition are left to SQLite.
        if unique and not partial and origin != "pk" and None not in columns:
            name = f"unique ({', '.join(columns)})" if index.startswith("sqlite_") else index
            table.uniques.append(Unique(name, tuple(columns), tuple(columns)))
    found: dict[int, list[tuple[str, str, str | None]]] = {}
    for row in connection.execute(f"PRAGMA foreign_key_list({quoted(table.name)})"):
        found.setdefault(row[0], []).append((row[2], row[3], row[4]))
    for number in sorted(found):
        parts = found[number]
        columns = [column for _, column, _ in parts]
        to_columns = tuple(to for _, _, to in parts if to)
        name = f"the foreign key of {', '.join(columns)}"
        table.references.append(Reference(name, tuple(columns), parts[0][0], to_columns))


def _resolved(reference: Reference, tables: dict[str, Table], by_case: dict[str, str]) -> Reference:
    """With the key of the table that it is to, where it names no columns."""
    to = by_case.get(reference.to.lower(), reference.to)
    known = tables.get(to)
    columns = reference.to_columns or (known.key if known else ())
    return Reference(reference.name, reference.columns, to, columns)
