"""`PostgresJudge`: what PostgreSQL itself says of values and rows, asked in queries that only read.

Types, domains and lengths by the types' own input functions; checks, unique keys and references by the
expressions that the catalogs have for them. What those can't tell (a trigger, an exclusion
constraint) is told when the rows are loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from belljar.data.scenarios.asking import ask
from belljar.data.scenarios.errors import Mistake, nearest, shortened
from belljar.data.scenarios.schema import Column, Reference, Schema, Unique
from belljar.data.scenarios.schema_postgres import postgres_schema
from belljar.data.scenarios.sheets import Cell
from belljar.data.scenarios.validity import Invalid, invalid
from belljar.data.scenarios.values_postgres import text_of
from belljar.data.scenarios.wanted import LEFT_OUT, Wanted
from belljar.databases.server import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["PostgresJudge"]

_LIKE = {
    "bytea": ", written in hex: \\x48656c6c6f",
    "boolean": ": true or false",
    "daterange": ", like [2024-05-01,2024-06-01)",
    "int4range": ", like [1,5)",
    "int8range": ", like [1,5)",
    "interval": ", like 1 day 02:30:00",
    "numrange": ", like [1.5,2.5)",
    "tsrange": ", like [2024-05-01T12:00:00,2024-05-01T13:00:00)",
    "tstzrange": ", like [2024-05-01T12:00:00Z,2024-05-01T13:00:00Z)",
    "date": ", like 2024-05-31",
    "timestamp with time zone": ", like 2024-05-31T12:30:00Z",
    "timestamp without time zone": ", like 2024-05-31T12:30:00",
    "uuid": ", like 6fa459ea-ee8a-4ca4-894e-db77e160355e",
}
# Where a query has rows of the scenario: nothing that an expression may have in it.
ROWS = "<<rows>>"
# The number of a row of the scenario, beside its columns.
ROW = "belljar_row_number"
PARTS = ("<<part 0>>", "<<part 1>>")


class PostgresJudge:
    """Asks through one connection; changes nothing."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection

    @cached_property
    def schema(self) -> Schema:
        """Its tables."""
        return postgres_schema(self._connection)

    def value(self, column: Column, cell: Cell) -> str:
        """Return its text."""
        return text_of(column, cell)

    def wrong_values(self, wanted: Wanted) -> Iterator[Mistake]:
        """Yield what the type's input function refuses, in its words."""
        for name in wanted.columns:
            column = wanted.column(name)
            rows = list(wanted.keyed([name]))
            texts = [wanted.values[name][row] for row in rows]
            for at, found in invalid(self._connection, column.type, texts):
                row = rows[at]
                value = wanted.rows[row].cells[name].value
                text = f"{name} = {shortened(value)}: {found.text}"
                yield wanted.wrong(row, [name], text, _fix(column, value, found))

    def wrong_rows(self, wanted: Wanted) -> Iterator[Mistake]:
        """Yield rows that break a check or a unique key."""
        table = wanted.table
        # What a trigger may change first is judged as it is stored, when it is.
        for check in () if table.filled else table.checks:
            rows = list(wanted.whole(_defaulted(wanted, check.columns)))
            query = f"SELECT {ROW} FROM {ROWS} WHERE ({check.expression}) IS FALSE ORDER BY 1"
            for (row,) in self._ask(wanted, rows, query):
                given = [name for name in check.columns if name in wanted.values]
                text = (
                    f"{wanted.shown(row, given)}: this breaks the check {check.name} of "
                    f"{table.name}: {check.expression}"
                )
                yield wanted.wrong(row, given, text, "change the row so that it holds")
        for unique in table.uniques:
            yield from self._doubled(wanted, unique)

    def wrong_references(self, wanted: Wanted, all_: dict[str, Wanted]) -> Iterator[Mistake]:
        """Yield rows that refer to nothing."""
        for reference in wanted.table.references:
            yield from self._halved(wanted, reference)
            rows = list(wanted.keyed(reference.columns))
            parent = self.schema.tables.get(reference.to)
            if not rows or parent is None:
                continue
            names = [quoted(name) for name in reference.to_columns]
            keys = [f"o{number}" for number in range(len(names))]
            same = " AND ".join(
                f"p.{name} = r.{key}" for name, key in zip(names, keys, strict=True)
            )
            query = f"SELECT r.o FROM {PARTS[0]} AS r WHERE NOT EXISTS (SELECT FROM {parent.sql} p WHERE {same})"
            parts = [_Part(wanted, rows, reference.columns)]
            fellows = all_.get(reference.to)
            if fellows is not None:
                there = list(fellows.keyed(reference.to_columns))
                parts.append(_Part(fellows, there, reference.to_columns))
                alike = " AND ".join(f"f.{key} = r.{key}" for key in keys)
                query += f" AND NOT EXISTS (SELECT FROM {PARTS[1]} AS f WHERE {alike})"
            for (row,) in self._rows(f"{query} ORDER BY 1", parts):
                yield self._lost(wanted, row, reference.columns, reference, fellows)

    def _halved(self, wanted: Wanted, reference: Reference) -> Iterator[Mistake]:
        """Rows that are NULL in some columns of a reference that takes all or nothing."""
        names = reference.columns if reference.full else ()
        for row in list(wanted.whole(names)) if len(names) > 1 else ():
            null = [name for name in names if wanted.value(row, name) is None]
            if null and len(null) < len(names):
                text = f"{wanted.shown(row, names)}: {reference.name} takes no part of a key"
                yield wanted.wrong(row, names, text, "write all of its columns, or none")

    def _lost(
        self, wanted: Wanted, row: int, columns: Sequence[str], reference: Any, fellows: Any
    ) -> Mistake:
        where = f"{reference.to} ({', '.join(reference.to_columns)})"
        text = (
            f"{wanted.shown(row, columns)}: there is no such row in {where}, "
            "in the scenario or the database"
        )
        fix = f"add it to the rows of {reference.to}, or name one that is there"
        unsaid = fellows is not None and not any(
            name in fellows.values for name in reference.to_columns
        )
        if unsaid:
            names = ", ".join(reference.to_columns)
            fix = (
                f"the rows of {reference.to} leave {names} to the database; write it to refer to it"
            )
        return wanted.wrong(row, columns, text, fix)

    def _doubled(self, wanted: Wanted, unique: Unique) -> Iterator[Mistake]:
        table = wanted.table
        given = [name for name in unique.columns if name in wanted.values]
        rows = list(wanted.whole(_defaulted(wanted, unique.columns)))
        if not rows or not given:
            return
        keys = [f"({key})" for key in unique.keys]
        only = f"({unique.predicate})" if unique.predicate else "true"
        if unique.nulls_differ:
            only += "".join(f" AND {key} IS NOT NULL" for key in keys)
        groups = (
            f"SELECT array_agg({ROW} ORDER BY {ROW}) FROM {ROWS} WHERE {only} "
            f"GROUP BY {', '.join(keys)} HAVING count(*) > 1 ORDER BY 1"
        )
        name = f"the unique key {unique.name} of {table.name}"
        for (numbers,) in self._ask(wanted, rows, groups):
            first = wanted.place(numbers[0], given[0])
            for row in numbers[1:]:
                text = f"{wanted.shown(row, given)}: {name} has this at {first} already"
                yield wanted.wrong(row, given, text, "change one of the two")
        picked = ", ".join(f"{key} AS k{number}" for number, key in enumerate(keys))
        same = "IS NOT DISTINCT FROM" if not unique.nulls_differ else "="
        match = " AND ".join(f"t.k{number} {same} r.k{number}" for number in range(len(keys)))
        taken = (
            f"SELECT o FROM (SELECT {ROW} AS o, {picked} FROM {ROWS} WHERE {only}) r WHERE EXISTS ("
            f"SELECT FROM (SELECT {picked} FROM {table.sql} WHERE {only}) t WHERE {match}) ORDER BY o"
        )
        rows = list(wanted.whole(_defaulted(wanted, unique.columns)))
        for (row,) in self._ask(wanted, rows, taken):
            text = f"{wanted.shown(row, given)}: {name} has this in the database already"
            yield wanted.wrong(row, given, text, "change it, or load into an empty database")

    def _ask(self, wanted: Wanted, rows: list[int], query: str) -> list[Any]:
        """Run a query on the rows as if they were in the table: typed, under its columns' names."""
        if not rows:
            return []
        given = [name for name in wanted.columns if not _bad(wanted, rows, name)]
        others = [name for name in wanted.table.columns if name not in given]
        columns = [f"o{number} AS {quoted(name)}" for number, name in enumerate(given)]
        columns += [f"NULL::{wanted.column(name).type} AS {quoted(name)}" for name in others]
        alias = quoted(wanted.table.name.rpartition(".")[2])
        typed = f"(SELECT o AS {ROW}, {', '.join(columns)} FROM {PARTS[0]} AS typed) AS {alias}"
        return self._rows(query.replace(ROWS, typed), [_Part(wanted, rows, given)])

    def _rows(self, query: str, parts: Sequence[_Part]) -> list[Any]:
        query = query.replace("%", "%%")
        parameters: list[object] = []
        pieces = []
        for number, part in enumerate(parts):
            pieces.append((query.index(PARTS[number]), number, part))
        for _, number, part in sorted(pieces, key=lambda piece: piece[0]):
            text, values = part.sql()
            query = query.replace(PARTS[number], text)
            parameters += values
        return ask(self._connection, query, parameters)


class _Part:
    """Some columns of some rows as a subselect: their numbers as `o`, their values as `o0`, `o1`, ..."""

    def __init__(self, wanted: Wanted, rows: list[int], columns: Iterable[str]) -> None:
        self._wanted, self._numbers, self._columns = wanted, rows, list(columns)

    def sql(self) -> tuple[str, list[object]]:
        """Return its text, and the arrays that are its parameters."""
        types = [self._wanted.column(name).type for name in self._columns]
        casts = "".join(f", r{at}::{type_} AS o{at}" for at, type_ in enumerate(types))
        arrays = "".join(", %s::text[]" for _ in types)
        names = "".join(f", r{at}" for at in range(len(types)))
        values: list[object] = [self._numbers]
        for name in self._columns:
            given = [self._wanted.value(row, name) for row in self._numbers]
            values.append([None if value is LEFT_OUT else value for value in given])
        return f"(SELECT o{casts} FROM unnest(%s::int8[]{arrays}) AS r (o{names}))", values


def _bad(wanted: Wanted, rows: list[int], name: str) -> bool:
    """Whether a column can't be cast for these rows."""
    return bool(wanted.bad) and any((row, name) in wanted.bad for row in rows)


def _defaulted(wanted: Wanted, columns: Iterable[str]) -> list[str]:
    """Of these, the columns that decide: given ones, and those that the database would fill."""
    return [
        name
        for name in columns
        if name in wanted.values or wanted.column(name).default or wanted.column(name).generated
    ]


def _fix(column: Column, value: object, found: Invalid) -> str:
    if column.labels:
        return nearest(str(value), column.labels)
    if isinstance(value, str) and value.strip().upper() in ("NULL", "\\N", "NONE", "NIL"):
        return "leave the field empty for NULL"
    if column.domain:
        return f"{column.name} is {column.type}: {column.domain}"
    # A server's setting is nothing that a file can rely on.
    hint = "" if "DateStyle" in found.hint else found.hint
    kind = column.type.split("(")[0]
    like = ", like {1,2} or [1, 2]" if column.kind == "array" else _LIKE.get(kind, "")
    return hint or f"{column.name} is {column.type}{like}"
