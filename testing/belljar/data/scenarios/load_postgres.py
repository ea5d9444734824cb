"""`load_postgres`: rows that were examined, into PostgreSQL: COPY, in the order of their references.

Tables that refer to each other in a circle are filled by one statement, at whose end PostgreSQL
looks at the references; so no constraint has to be deferrable, and no column nullable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from belljar.data.scenarios.asking import ask
from belljar.data.scenarios.copying import DEFAULT, NULL, copy_lines, escaped
from belljar.data.scenarios.errors import Mistake, brief
from belljar.data.scenarios.said import fix_of
from belljar.data.scenarios.schema import Column
from belljar.data.scenarios.wanted import LEFT_OUT, Wanted
from belljar.databases.server import quoted

if TYPE_CHECKING:
    import psycopg
    from psycopg import Connection

__all__ = ["advance", "load_postgres", "refusal"]

# COPY knows defaults in the middle of a row from 16 on.
_DEFAULTS = 160000
# Where a trigger speaks, its own lines are before COPY's.
_LINE = re.compile(r"^COPY ([^\n]+), line (\d+)", re.MULTILINE)
# Never back: rows that were there, or another session's, may have later numbers. Null if nothing is
# to be done.
_SEQUENCE = """
SELECT setval({name}::regclass, top) FROM (SELECT max({column})::int8 AS top FROM {table}) t, {place} s
WHERE top >= s.last_value AND (SELECT seqincrement > 0 AND top <= seqmax FROM pg_sequence
    WHERE seqrelid = {name}::regclass)
"""


def load_postgres(
    connection: Connection[Any], groups: Sequence[Sequence[Wanted]]
) -> dict[str, int]:
    """Load them in the transaction that is open; return the rows of each table."""
    rows: dict[str, int] = {}
    knows_defaults = connection.info.server_version >= _DEFAULTS
    for group in groups:
        mixed = any(_mixed(wanted) for wanted in group)
        for wanted in group:
            _make_way(connection, wanted)
        if len(group) > 1 or (mixed and not knows_defaults) or _secured(connection, group[0]):
            _insert(connection, group)
        else:
            _copy(connection, group[0], defaults=mixed)
        rows |= {wanted.table.name: len(wanted.rows) for wanted in group}
    for group in groups:
        for wanted in group:
            for name in wanted.columns:
                advance(connection, wanted.table.sql, wanted.column(name))
    return rows


def advance(connection: Connection[Any], table: str, column: Column) -> None:
    """Set the sequence of a column past what is in it."""
    if column.sequence:
        literal = "'" + column.sequence.replace("'", "''") + "'"
        statement = _SEQUENCE.format(
            name=literal, column=quoted(column.name), table=table, place=column.sequence
        )
        ask(connection, statement)


def _make_way(connection: Connection[Any], wanted: Wanted) -> None:
    """Set sequences past the numbers that some rows have: the others take theirs behind these."""
    for name in wanted.columns:
        column = wanted.column(name)
        given = [value for value in wanted.values[name] if value not in (None, LEFT_OUT)]
        if column.sequence and given and len(given) < len(wanted.rows):
            literal = "'" + column.sequence.replace("'", "''") + "'"
            numbers = "(SELECT unnest(%s::text[])::int8 AS n) AS given"
            statement = _SEQUENCE.format(
                name=literal, column="n", table=numbers, place=column.sequence
            )
            ask(connection, statement, [given])


def _secured(connection: Connection[Any], wanted: Wanted) -> bool:
    """Whether row-level security holds for this user: COPY does not do with it."""
    return bool(
        ask(connection, "SELECT row_security_active(%s::regclass)", [wanted.table.sql])[0][0]
    )


def refusal(error: psycopg.Error, groups: Sequence[Sequence[Wanted]]) -> Mistake:
    """Return what PostgreSQL said while rows were loaded, at the row that it is about."""
    said = error.diag
    parts = [said.message_primary or str(error), said.message_detail or ""]
    text = brief(": ".join(part for part in parts if part))
    copied = _LINE.search(said.context or "")
    known = [wanted for group in groups for wanted in group]
    named = [w for w in known if _called(w, said.table_name, said.schema_name)]
    if copied and not named:
        named = [w for w in known if _called(w, copied[1].strip('"'), None)]
    place = "the database"
    if named and named[0].rows:
        at = min(int(copied[2]) - 1, len(named[0].rows) - 1) if copied else 0
        column = said.column_name or ""
        whole = named[0].places[0](0).rpartition(":")[0]
        place = named[0].place(at, column) if copied else whole
    fix = said.message_hint or ""
    if said.constraint_name:
        fix = fix or f"change the rows so that {said.constraint_name} holds"
    return Mistake(place, text, fix or fix_of(error))


def _called(wanted: Wanted, name: str | None, schema: str | None) -> bool:
    """Whether a table is the one of which the server speaks."""
    _, _, own = wanted.table.name.rpartition(".")
    return own == name and (not schema or wanted.table.sql.startswith(quoted(schema) + "."))


def _mixed(wanted: Wanted) -> bool:
    """Whether some rows have a value for a column that others leave to its default."""
    if not wanted.columns:
        return bool(wanted.rows)
    return any(LEFT_OUT in values for values in wanted.values.values())


def _copy(connection: Connection[Any], wanted: Wanted, *, defaults: bool) -> None:
    names = wanted.columns
    columns = [wanted.values[name] for name in names]
    if not names:
        # Rows that say nothing at all: one column stands for the others.
        names = [name for name, column in wanted.table.columns.items() if not column.generated][:1]
        columns, defaults = [[LEFT_OUT] * len(wanted.rows)], True
    copy_lines(connection, wanted.table.sql, names, _lines(wanted, columns), defaults=defaults)


def _lines(wanted: Wanted, columns: list[list[object]]) -> Iterator[str]:
    for row in range(len(wanted.rows)):
        yield "\t".join([_cell(column[row]) for column in columns]) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return NULL
    return DEFAULT if value is LEFT_OUT else escaped(str(value))


def _insert(connection: Connection[Any], group: Sequence[Wanted]) -> None:
    parts = []
    parameters: list[object] = []
    for wanted in group:
        alike: dict[tuple[str, ...], list[int]] = {}
        for row in range(len(wanted.rows)):
            given = [name for name in wanted.columns if wanted.value(row, name) is not LEFT_OUT]
            alike.setdefault(tuple(given), []).append(row)
        for given_, rows in alike.items():
            if not given_:
                parts += [f"INSERT INTO {wanted.table.sql} DEFAULT VALUES"] * len(rows)
                continue
            casts = [f"r{at}::{wanted.column(name).type}" for at, name in enumerate(given_)]
            arrays = ", ".join("%s::text[]" for _ in given_)
            names = ", ".join(f"r{at}" for at in range(len(given_)))
            parts.append(
                f"INSERT INTO {wanted.table.sql} ({', '.join(map(quoted, given_))}) "
                f"OVERRIDING SYSTEM VALUE SELECT {', '.join(casts)} "
                f"FROM unnest({arrays}) AS r ({names})"
            )
            parameters += [[wanted.values[name][row] for row in rows] for name in given_]
    named = ", ".join(f"p{number} AS ({part})" for number, part in enumerate(parts))
    ask(connection, f"WITH {named} SELECT 1", parameters)
