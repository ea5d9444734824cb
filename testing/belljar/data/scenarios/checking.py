"""`examine`: sheets against a schema, before anything is written; every mistake at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from belljar.data.scenarios.errors import Mistake, nearest, shortened
from belljar.data.scenarios.ordering import in_order
from belljar.data.scenarios.schema import Column, Schema, Table
from belljar.data.scenarios.sheets import Cell, Sheet
from belljar.data.scenarios.wanted import LEFT_OUT, Wanted, Wrong

__all__ = ["Judge", "examine"]


class Judge(Protocol):
    """What a database itself says about values and rows."""

    @property
    def schema(self) -> Schema:
        """Its tables."""

    def value(self, column: Column, cell: Cell) -> object:
        """Return what goes into the column, never NULL; raises `Wrong`."""

    def wrong_values(self, wanted: Wanted) -> Iterator[Mistake]:
        """Yield the values that do not fit their column's type."""

    def wrong_rows(self, wanted: Wanted) -> Iterator[Mistake]:
        """Yield rows that break a unique key or a check."""

    def wrong_references(self, wanted: Wanted, all_: dict[str, Wanted]) -> Iterator[Mistake]:
        """Yield rows that refer to a row which is nowhere."""


def examine(
    sheets: Sequence[Sheet], judge: Judge, *, rows: bool = True
) -> tuple[list[list[Wanted]], list[Mistake]]:
    """Return the rows in the order of loading, and the mistakes.

    Tables in one list refer to each other in a circle. Without `rows`, cells are looked at alone.
    """
    mistakes: list[Mistake] = []
    found: dict[str, Wanted] = {}
    for sheet in sheets:
        table = judge.schema.get(sheet.table)
        if table is None:
            mistakes.append(_no_table(sheet, judge.schema))
            continue
        mistakes += _unfit_columns(sheet, table)
        _add(sheet, found.setdefault(table.name, Wanted(table)))
    for wanted in found.values():
        mistakes += _valued(wanted, judge)
        mistakes += judge.wrong_values(wanted)
    for wanted in found.values() if rows else ():
        mistakes += judge.wrong_rows(wanted)
        mistakes += judge.wrong_references(wanted, found)
    return in_order(found), sorted(mistakes, key=_order)


def _no_table(sheet: Sheet, schema: Schema) -> Mistake:
    place = sheet.place(sheet.at)
    if sheet.table in schema.others:
        text = f"{sheet.table} is {schema.others[sheet.table]}, and no table"
        return Mistake(place, text, "give rows to the tables that it is made of")
    return Mistake(place, f"there is no table {sheet.table!r}", nearest(sheet.table, schema.tables))


def _unfit_columns(sheet: Sheet, table: Table) -> Iterator[Mistake]:
    usable = [name for name, column in table.columns.items() if not column.generated]
    for name, at in sheet.columns.items():
        column = table.columns.get(name)
        if name and column is None:
            text = f"the table {table.name} has no column {name!r}"
            yield Mistake(sheet.place(at), text, nearest(name, usable))
        elif column is not None and column.generated:
            text = f"{table.name}.{name} is computed by the database"
            yield Mistake(sheet.place(at), text, "leave it out")
    needed = [
        column.name
        for column in table.columns.values()
        if not (column.nullable or column.default or column.generated or table.filled)
    ]
    never = [name for name in needed if name not in sheet.columns]
    if sheet.rows:
        for name in never:
            text = f"{table.name}.{name} is missing; it may not be NULL and has no default"
            first = next(iter(sheet.columns.values()), sheet.at)
            yield Mistake(sheet.place(first), text, f"give every row a {name}")
    for row in sheet.rows:
        for name in needed:
            if name not in row.cells and name not in never:
                text = f"{table.name}.{name} is missing; it may not be NULL and has no default"
                yield Mistake(sheet.place(row.at), text, f"give the row a {name}")


def _add(sheet: Sheet, wanted: Wanted) -> None:
    wanted.rows += sheet.rows
    wanted.places += [sheet.place] * len(sheet.rows)
    columns = wanted.table.columns
    named = {name for name in sheet.columns if name in columns and not columns[name].generated}
    wanted.columns = [name for name in columns if name in named.union(wanted.columns)]


def _valued(wanted: Wanted, judge: Judge) -> Iterator[Mistake]:
    """Fill `wanted.values`."""
    for name in wanted.columns:
        column = wanted.column(name)
        values: list[object] = []
        for number, row in enumerate(wanted.rows):
            cell = row.cells.get(name)
            value: object = LEFT_OUT if column.default else None
            if cell is not None and cell.value is None:
                value = None
                if not (column.nullable or wanted.table.filled):
                    yield _null(wanted, number, column)
            elif cell is not None:
                try:
                    value = judge.value(column, cell)
                except Wrong as wrong:
                    text = f"{name} = {shortened(cell.value)}: {wrong.text}"
                    yield wanted.wrong(number, [name], text, wrong.fix)
            values.append(value)
        wanted.values[name] = values


def _null(wanted: Wanted, row: int, column: Column) -> Mistake:
    text = f"{wanted.table.name}.{column.name} may not be NULL"
    fix = "write a value"
    if column.default:
        fix += ", or leave the column out: it has a default"
    elif column.kind == "text" or column.type.startswith(("text", "character")):
        fix += '; an empty text is ""'
    return wanted.wrong(row, [column.name], text, fix)


def _order(mistake: Mistake) -> tuple[str, list[int]]:
    """By file, then line, then column."""
    file, *numbers = mistake.place.split(":")
    return file, [int(number) for number in numbers if number.isdigit()]
