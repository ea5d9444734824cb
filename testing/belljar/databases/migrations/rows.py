"""`fill`: rows for the tables of any schema, made to satisfy it.

Types, NOT NULL, foreign keys and unique constraints are read from the database. What a check
constraint wants can't be read; so the database is asked: a row that it refuses is tried again with
other values for the columns in that constraint, taken from the constraint's own text first.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import CheckConstraint, Column, Connection, MetaData, Table, func, inspect, select
from sqlalchemy.exc import DBAPIError, SAWarning, StatementError
from sqlalchemy.schema import ForeignKeyConstraint

from belljar.databases.migrations.values import NoValue, candidates, value_for

__all__ = ["count", "fill", "partitions", "reflected", "schemas"]

BATCH = 3
# How often the database is asked about one row before it is given up.
ATTEMPTS = 400
Row = dict[str, object]


def reflected(connection: Connection, without: Collection[str] = ()) -> list[Table]:
    """Return the tables as the database has them, referenced ones first; no partitions."""
    metadata = MetaData()
    with warnings.catch_warnings():
        # Types that SQLAlchemy does not know (an extension's) and circles: dealt with later.
        warnings.simplefilter("ignore", SAWarning)
        for schema in schemas(connection):
            metadata.reflect(connection, schema=schema)
        tables = metadata.sorted_tables
    parts = partitions(connection)
    return [t for t in tables if t.name not in without and t.fullname not in parts]


def count(connection: Connection, table: Table) -> int:
    """Return how many rows a table has."""
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def fill(connection: Connection, tables: Collection[Table], number: int) -> dict[str, str]:
    """Insert some rows into each of these tables; return, for those that stay empty, why.

    `number` is where their values begin: other numbers, other values.
    """
    problems: dict[str, str] = {}
    for table in tables:
        problem = ""
        for place in range(BATCH):
            try:
                _insert(connection, table, _row(connection, table, number + place, place))
            except _Refused as refused:
                problem = problem or str(refused)
        if problem and not count(connection, table):
            problems[table.fullname] = problem
    return problems


class _Refused(Exception):
    """The database does not take a row; the message says why."""


def _row(connection: Connection, table: Table, number: int, place: int) -> Row:
    """Return values for one row; the first leaves out what has a default, the last what may be."""
    row: Row = {}
    for key in table.foreign_key_constraints:
        row.update(_reference(connection, table, key, row, place))
    for column in table.columns:
        if column.name in row or column.computed is not None or _counted(column):
            continue
        if not column.primary_key:
            if place == 0 and column.server_default is not None:
                continue
            if place == BATCH - 1 and column.nullable:
                row[column.name] = None
                continue
        try:
            row[column.name] = value_for(column.type, number)
        except NoValue:
            if not column.nullable:
                raise _Refused(
                    f"no value is known for the type of column {column.name} ({column.type!r})"
                ) from None
    for key in table.foreign_key_constraints:
        if key.referred_table is table:
            _refer_to_itself(key, row)
    return row


def _counted(column: Column[Any]) -> bool:
    """Whether the server numbers it by itself; numbers of ours would collide with the next ones."""
    default = getattr(column.server_default, "arg", None)
    return column.identity is not None or "nextval(" in str(default)


def _reference(
    connection: Connection, table: Table, key: ForeignKeyConstraint, row: Row, place: int
) -> Row:
    """Return the columns of a foreign key, for a row that exists."""
    pairs = [(element.parent.name, element.column) for element in key.elements]
    if all(name in row for name, _ in pairs) or key.referred_table is table:
        return {}
    nullable = [name for name, _ in pairs if table.columns[name].nullable]
    # The last row leaves out what it may, unless that would hide the only chance.
    if nullable and place == BATCH - 1:
        return dict.fromkeys(nullable, None)
    parents = connection.execute(select(*(column for _, column in pairs))).all()
    fitting = [
        parent
        for parent in parents
        if all(
            row.get(name, value) == value for (name, _), value in zip(pairs, parent, strict=True)
        )
    ]
    if not fitting:
        if nullable:
            return dict.fromkeys(nullable, None)
        raise _Refused(f"it refers to {key.referred_table.fullname}, which has no fitting row")
    # The latest first: they are the least likely to have been referred to.
    parent = fitting[-1 - place % len(fitting)]
    return {name: value for (name, _), value in zip(pairs, parent, strict=True)}


def _refer_to_itself(key: ForeignKeyConstraint, row: Row) -> None:
    for element in key.elements:
        if element.parent.nullable:
            row[element.parent.name] = None
        elif element.column.name in row:
            row[element.parent.name] = row[element.column.name]


def _insert(connection: Connection, table: Table, row: Row) -> None:
    budget = iter(range(ATTEMPTS))
    refusal = _try(connection, table, row)
    if refusal is not None:
        _repair(connection, table, row, refusal, frozenset(), budget)


def _repair(
    connection: Connection,
    table: Table,
    row: Row,
    refusal: DBAPIError | StatementError,
    settled: frozenset[str],
    budget: Iterator[int],
) -> None:
    """Insert the row with other values in the columns of the check that refuses it."""
    check = _violated(refusal)
    if check is None or check in settled:
        raise _Refused(_reason(refusal))
    columns = _columns_of(table, check)
    choices = [[(name, value) for value in values] for name, values in columns.items()]
    for choice in itertools.product(*choices):
        if next(budget, None) is None or not choice:
            break
        changed = row | dict(choice)
        found = _try(connection, table, changed)
        if found is None:
            return
        other = _violated(found)
        if other is not None and other != check and other not in settled:
            try:
                return _repair(connection, table, changed, found, settled | {check}, budget)
            except _Refused:
                continue
    raise _Refused(_reason(refusal))


def _try(connection: Connection, table: Table, row: Row) -> DBAPIError | StatementError | None:
    try:
        with connection.begin_nested():
            connection.execute(table.insert().values(row))
    except (DBAPIError, StatementError) as error:
        return error
    return None


def _violated(error: DBAPIError | StatementError) -> str | None:
    """Return the name of the check constraint that the error is about."""
    original: Any = error.orig
    if getattr(original, "sqlstate", None) == "23514":
        return str(original.diag.constraint_name or "")
    if getattr(original, "sqlite_errorname", None) == "SQLITE_CONSTRAINT_CHECK":
        return str(original).partition("failed: ")[2]
    return None


def _columns_of(table: Table, check: str) -> Mapping[str, list[object]]:
    """Return the columns that a check looks at, each with values to try."""
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            text = str(constraint.sqltext)
            if check in (str(constraint.name), text):
                break
    else:
        domains = {c: str(getattr(c.type, "check", "")) for c in table.columns}
        return {c.name: list(candidates(c.type, text, 0)) for c, text in domains.items() if text}
    return {
        column.name: list(candidates(column.type, text, 0))
        for column in table.columns
        if re.search(rf"\b{re.escape(column.name)}\b", text) and not column.foreign_keys
    }


def _reason(error: DBAPIError | StatementError) -> str:
    return str(error.orig).strip().partition("\n")[0]


def schemas(connection: Connection) -> list[str | None]:
    """Return the schemas that hold tables of the application; None is the default one."""
    if connection.dialect.name != "postgresql":
        return [None]
    here = inspect(connection)
    hidden = {"information_schema", here.default_schema_name}
    return [None, *(name for name in here.get_schema_names() if name not in hidden)]


def partitions(connection: Connection) -> set[str]:
    """Return the names of tables that are parts of another: their rows are seen in that one."""
    if connection.dialect.name != "postgresql":
        return set()
    query = (
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relispartition"
    )
    rows = connection.exec_driver_sql(query).all()
    return {name for schema, name in rows} | {f"{schema}.{name}" for schema, name in rows}
