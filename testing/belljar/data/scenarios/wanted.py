"""`Wanted`: the rows that a scenario has for one table of the database, as they will be loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from belljar.data.scenarios.errors import Mistake, shortened
from belljar.data.scenarios.schema import Column, Table
from belljar.data.scenarios.sheets import Place, Row

__all__ = ["LEFT_OUT", "Wanted", "Wrong"]


class _LeftOut:
    def __repr__(self) -> str:
        return "left out"


# What a row has for a column that it does not name: the column's default.
LEFT_OUT: Final = _LeftOut()


class Wrong(Exception):
    """A value that a column can't have."""

    def __init__(self, text: str, fix: str = "") -> None:
        super().__init__(text)
        self.text, self.fix = text, fix


@dataclass
class Wanted:
    """Rows of one table, by column; `bad` are the cells that a mistake was found in."""

    table: Table
    rows: list[Row] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    values: dict[str, list[object]] = field(default_factory=dict)
    bad: set[tuple[int, str]] = field(default_factory=set)

    def column(self, name: str) -> Column:
        """Return what the database says of it."""
        return self.table.columns[name]

    def value(self, row: int, column: str) -> object:
        """Return what a row has for a column; `LEFT_OUT` for none."""
        values = self.values.get(column)
        return LEFT_OUT if values is None else values[row]

    def place(self, row: int, column: str = "") -> str:
        """Return `file:line:column` of a cell, or of the row."""
        cell = self.rows[row].cells.get(column)
        return self.places[row](cell.at if cell else self.rows[row].at)

    def wrong(self, row: int, columns: Iterable[str], text: str, fix: str = "") -> Mistake:
        """Return the mistake, and remember the cells."""
        names = list(columns)
        self.bad.update((row, name) for name in names)
        return Mistake(self.place(row, names[0] if names else ""), text, fix)

    def shown(self, row: int, columns: Iterable[str]) -> str:
        """Return `id = '7', day = '2024-01-01'`, as a message has it."""
        parts = []
        for name in columns:
            cell = self.rows[row].cells.get(name)
            value = cell.value if cell else None
            parts.append(f"{name} = {'NULL' if value is None else shortened(value)}")
        return ", ".join(parts)

    def whole(self, columns: Iterable[str]) -> Iterator[int]:
        """Yield the rows that have good values, or NULL, for all of these."""
        names = list(columns)
        for row in range(len(self.rows)):
            if not any(
                (row, name) in self.bad or self.value(row, name) is LEFT_OUT for name in names
            ):
                yield row

    def keyed(self, columns: Iterable[str]) -> Iterator[int]:
        """Yield the rows that have good values, and no NULL, for all of these."""
        names = list(columns)
        for row in self.whole(names):
            if not any(self.value(row, name) is None for name in names):
                yield row
