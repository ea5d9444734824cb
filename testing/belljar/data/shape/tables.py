"""Shapes of SQLAlchemy's Tables, and what their columns, constraints and indexes say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from belljar.data.shape.checks import Check
from belljar.data.shape.columns import limits_of_column, type_of_column
from belljar.data.shape.limits import NO_LIMITS, Limits
from belljar.data.shape.shape import MISSING, Field, Relation, Shape
from belljar.data.shape.table_rows import TableRow

__all__ = [
    "checks_of",
    "default_of",
    "field_of",
    "is_computed",
    "limits_by_checks",
    "read_table",
    "unique_groups",
]


def read_table(table: Any) -> Shape:
    """Return the shape of a Table; its rows are dicts."""
    uniques = unique_groups([table])
    checks = checks_of([table])
    stricter, not_null = limits_by_checks(checks)
    fields = []
    for column in table.columns:
        said = stricter.get(column.name, NO_LIMITS)
        fields.append(field_of(column, column.key, uniques, said, column.name in not_null, None))
    named = {column: column.key for column in table.columns}
    relations = [
        Relation(
            name=None,
            target=_table_of(constraint),
            pairs=tuple((named[e.parent], e.column.key) for e in constraint.elements),
            required=any(not e.parent.nullable for e in constraint.elements),
        )
        for constraint in _in_order(table.foreign_key_constraints)
    ]
    groups = tuple(tuple(named[column] for column in group) for group in uniques)
    return Shape(
        table,
        table.name,
        "table",
        tuple(fields),
        lambda values: TableRow(table, values),
        groups,
        tuple(checks),
        tuple(relations),
        schema=table.schema,
    )


def _table_of(constraint: Any) -> Callable[[], Any]:
    return lambda: constraint.referred_table


def _in_order(constraints: Any) -> list[Any]:
    # A set's order is another one in each run.
    return sorted(constraints, key=lambda one: [element.parent.name for element in one.elements])


def field_of(
    column: Any,
    name: str,
    uniques: list[tuple[Any, ...]],
    stricter: Limits,
    filled: bool,
    hint: Any,
) -> Field:
    """Return the field of a column; `hint` is what the class's annotation says of its type."""
    kind = type_of_column(column.type, hint)
    limits = limits_of_column(column.type, kind, stricter)
    default, factory = default_of(column)
    computed = is_computed(column)
    foreign: list[Any] = sorted(column.foreign_keys, key=lambda key: key.target_fullname)
    return Field(
        name=name,
        type=kind,
        nullable=bool(column.nullable) and not filled,
        default=default,
        default_factory=factory,
        unique=any(group == (column,) for group in uniques),
        primary=bool(column.primary_key),
        limits=limits,
        computed=computed,
        column=column.name,
        refers_to=_referred(foreign[0]) if foreign else None,
        origin=column,
    )


def _referred(key: Any) -> Callable[[], tuple[Shape, Field]]:
    def referred() -> tuple[Shape, Field]:
        from belljar.data.shape.mapped import shape_of_table

        shape = shape_of_table(key.column.table)
        return shape, shape.by_column[key.column.name]

    return referred


def is_computed(column: Any) -> bool:
    """Whether the server, or SQLAlchemy, makes its value when none is given."""
    if column.computed is not None or column.identity is not None:
        return True
    if column.server_default is not None:
        return True
    table: Any = column.table
    automatic = getattr(table, "_autoincrement_column", None)
    return automatic is column


def default_of(column: Any) -> tuple[Any, Callable[[], Any] | None]:
    """Return a column's default on Python's side: a value, or a function that makes one."""
    default = column.default
    if default is None:
        return MISSING, None
    if default.is_scalar:
        return default.arg, None
    if default.is_callable:
        # SQLAlchemy gives it a context, which only an INSERT has.
        return MISSING, lambda: default.arg(None)
    # A sequence or a SQL expression: it is made when the row is stored.
    return None, None


def unique_groups(tables: list[Any]) -> list[tuple[Any, ...]]:
    """Return the groups of columns that are unique together, by constraint, index or primary key."""
    found: list[tuple[Any, ...]] = []
    for table in tables:
        if len(table.primary_key.columns):
            found.append(tuple(table.primary_key.columns))
        constraints = (
            c
            for c in table.constraints
            if type(c).__name__ in ("UniqueConstraint", "ExcludeConstraint")
        )
        found.extend(tuple(one.columns) for one in constraints if len(one.columns))
        found.extend(_indexed(index) for index in table.indexes if index.unique)
        found.extend((column,) for column in table.columns if column.unique)
    kept = dict.fromkeys(group for group in found if group)
    return sorted(kept, key=lambda group: [column.name for column in group])


def _indexed(index: Any) -> tuple[Any, ...]:
    """Return an index's columns, also those in an expression like lower(email)."""
    from sqlalchemy.sql import visitors

    columns: dict[Any, None] = {}
    named = index.table.columns
    for expression in index.expressions:
        if (written := getattr(expression, "text", None)) is not None:
            words = dict.fromkeys(re.findall(r"\w+", written))
            columns.update({named[word]: None for word in words if word in named})
        part: Any
        for part in visitors.iterate(expression):
            if getattr(part, "table", None) is index.table and part.key in named:
                columns[named[part.key]] = None
    return tuple(columns)


def checks_of(tables: list[Any]) -> list[Check]:
    """Return the tables' CHECKs, by name and text."""
    return sorted(_checks(tables), key=lambda one: (one.name, one.text))


def _checks(tables: list[Any]) -> Iterator[Check]:
    from sqlalchemy.dialects import postgresql

    for table in tables:
        for one in table.constraints:
            # Those that a Boolean or Enum brings are met by its type.
            if type(one).__name__ != "CheckConstraint" or getattr(one, "_type_bound", False):
                continue
            text = one.sqltext.compile(
                dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]  # SQLAlchemy's own
                compile_kwargs={"literal_binds": True, "include_table": False},
            )
            yield Check(str(one.name) if one.name else "", str(text).replace("%%", "%"))


def limits_by_checks(checks: list[Check]) -> tuple[dict[str, Limits], set[str]]:
    """Return what CHECKs say of single columns, and which of them must have a value."""
    found: dict[str, Limits] = {}
    filled: set[str] = set()
    for check in checks:
        filled.update(check.not_null())
        for column, limits in check.limits():
            found[column] = found.get(column, NO_LIMITS).both(limits)
    return found, filled
