"""`content` and `losses`: the rows of a database, and which of them did not survive."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, TableClause, inspect, literal_column, select

from belljar.databases.migrations.rows import partitions, schemas

__all__ = ["Content", "changed_values", "content", "dangling", "losses"]


@dataclass(frozen=True)
class Rows:
    """The rows of one table, by their primary key (all columns, if it has none)."""

    columns: tuple[str, ...]
    key: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]

    def keyed(self, key: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """Return the rows by these columns."""
        return {repr([row[name] for name in key]): row for row in self.rows}


Content = dict[str, Rows]


def content(connection: Connection, without: Collection[str]) -> Content:
    """Return every row of every table."""
    here = inspect(connection)
    found: Content = {}
    for schema in schemas(connection):
        keys = here.get_multi_pk_constraint(schema=schema)
        for name in set(here.get_table_names(schema=schema)) - set(without):
            table = TableClause(name, schema=schema)
            # As the driver gives them: nothing of the models' types takes part.
            everything: Any = select(literal_column("*")).select_from(table)
            result = connection.execute(everything)
            columns = tuple(result.keys())
            key = tuple(keys[schema, name]["constrained_columns"]) or columns
            found[table.fullname] = Rows(columns, key, tuple(map(dict, result.mappings())))
    for partition in partitions(connection):
        found.pop(partition, None)
    return found


def losses(before: Content, after: Content, allowed: Collection[str] = ()) -> Iterator[str]:
    """Yield a line for each table that has lost rows. A table that was renamed has lost none."""
    new = {name: rows for name, rows in after.items() if name not in before}
    for name, old in sorted(before.items()):
        if not old.rows or name in allowed:
            continue
        total = len(old.rows)
        if name not in after:
            renamed = next((n for n, rows in sorted(new.items()) if len(rows.rows) >= total), None)
            if renamed is None:
                yield f"table {name} is gone, with its {total} rows"
            else:
                del new[renamed]
            continue
        lost = _lost(old, after[name])
        if lost:
            yield f"table {name}: {lost} of {total} rows are lost"


def changed_values(
    before: Content, between: Content, after: Content, allowed: Collection[str] = ()
) -> Iterator[str]:
    """Yield a line for each column that was there all the time and has other values now."""
    for name, old in sorted(before.items()):
        if name not in between or name not in after or name in allowed:
            continue
        key = tuple(column for column in old.key if column in after[name].columns)
        if not key:
            continue
        now = after[name].keyed(key)
        kept = set(between[name].columns) & set(after[name].columns)
        for column in (c for c in old.columns if c in kept and f"{name}.{c}" not in allowed):
            different = sum(
                1
                for place, row in old.keyed(key).items()
                if place in now and now[place][column] != row[column]
            )
            if different:
                yield f"table {name}: column {column} has other values in {different} rows"


def dangling(connection: Connection) -> Iterator[str]:
    """Yield references to rows that are gone; SQLite does not check them while it migrates."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        for table, parent in sorted({(row[0], row[2]) for row in rows}):
            number = sum(1 for row in rows if (row[0], row[2]) == (table, parent))
            yield f"table {table}: {number} rows refer to rows of {parent} that are gone"


def _lost(old: Rows, new: Rows) -> int:
    fewer = max(0, len(old.rows) - len(new.rows))
    if not set(old.key) <= set(new.columns):
        return fewer
    keys, left = set(old.keyed(old.key)), set(new.keyed(old.key))
    # None is left and none is missing: the key itself was changed, not the rows.
    return fewer if keys.isdisjoint(left) else max(fewer, len(keys - left))
