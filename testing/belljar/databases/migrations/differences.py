"""`differences`: where the models and the migrated database disagree, in lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Constraint, Engine, Index, MetaData, inspect
from sqlalchemy.schema import ForeignKeyConstraint, SchemaItem

from belljar.databases.migrations.history import History

__all__ = ["differences"]

ONLY = {
    "add": "is in the models and not in the migrations",
    "remove": "is in the migrations and not in the models",
}


def differences(
    history: History, engine: Engine, metadata: MetaData | Sequence[MetaData]
) -> list[str]:
    """Return one line for each difference.

    Types and server defaults are compared whatever `env.py` says; its other options (which objects
    and schemas belong to it, comparisons of its own) are respected.
    """
    found: list[str] = []

    def compare(context: MigrationContext) -> tuple[()]:
        options = dict(context.opts)
        for option in ("compare_type", "compare_server_default"):
            options[option] = options.get(option) or True
        ours = MigrationContext.configure(context.connection, opts=options)
        declared: Any = metadata  # several are fine, whatever its annotation says
        found.extend(_lines(compare_metadata(ours, declared)))
        return ()

    history.in_environment(engine, compare)
    every = [metadata] if isinstance(metadata, MetaData) else metadata
    return [*found, *(line for one in every for line in _checks(engine, one))]


def _lines(entries: Iterable[Any]) -> Iterator[str]:
    for entry in entries:
        # Changes to a column come in a list of their own.
        for change in entry if isinstance(entry, list) else [entry]:
            yield _line(change)


def _line(change: Sequence[Any]) -> str:
    operation = str(change[0])
    action, _, thing = operation.partition("_")
    if action == "modify":
        _, schema, table, column, _, migrated, modelled = change
        what = {"default": "server default"}.get(thing, thing)
        return (
            f"table {_name(schema, table)}: column {column}: {what} is {_shown(modelled)} in the "
            f"models and {_shown(migrated)} in the migrations"
        )
    only = ONLY.get(action, operation)
    if thing == "column":
        _, schema, table, column = change
        return f"table {_name(schema, table)}: column {column.name} {only}"
    item = change[1]
    if thing == "table":
        return f"table {item.fullname} {only}"
    if isinstance(item, (Constraint, Index)):
        return f"table {_table(item)}: {_described(item)} {only}"
    return " ".join(str(part) for part in change)  # of a kind that an extension of Alembic adds


def _described(item: Constraint | Index) -> str:
    if isinstance(item, ForeignKeyConstraint):
        target = ", ".join(element.target_fullname for element in item.elements)
        return f"foreign key ({', '.join(item.column_keys)}) to {target}"
    kind = "index" if isinstance(item, Index) else "unique constraint"
    columns = ", ".join(
        str(getattr(column, "name", None) or column)
        for column in (
            item.expressions if isinstance(item, Index) else getattr(item, "columns", ())
        )
    )
    unique = "unique " if isinstance(item, Index) and item.unique else ""
    return f"{unique}{kind} {item.name or '(unnamed)'} on ({columns})"


def _checks(engine: Engine, metadata: MetaData) -> Iterator[str]:
    """Yield the check constraints that only one side has: Alembic compares none of them."""
    here = inspect(engine)
    for table in metadata.sorted_tables:
        if not here.has_table(table.name, schema=table.schema):
            continue  # told already
        models = {
            str(item.name)
            for item in table.constraints
            if isinstance(item, CheckConstraint) and item.name and not _made_by_type(item)
        }
        migrated = {
            str(check["name"])
            for check in here.get_check_constraints(table.name, schema=table.schema)
            if check["name"]
        }
        of_types = {
            str(item.name)
            for item in table.constraints
            if isinstance(item, CheckConstraint) and _made_by_type(item)
        }
        for name in sorted(models - migrated):
            yield f"table {table.fullname}: check constraint {name} {ONLY['add']}"
        for name in sorted(migrated - models - of_types):
            yield f"table {table.fullname}: check constraint {name} {ONLY['remove']}"


def _made_by_type(item: SchemaItem) -> bool:
    """Whether an Enum or Boolean brings it along, which depends on the database."""
    return bool(getattr(item, "_type_bound", False))


def _name(schema: str | None, table: str) -> str:
    return f"{schema}.{table}" if schema else table


def _table(item: Constraint | Index) -> str:
    table = item.table
    return table.fullname if table is not None else "?"


def _shown(value: object) -> str:
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return str(value).lower()
    argument = getattr(value, "arg", value)
    return str(getattr(argument, "text", argument))
