"""`Sheet`: the rows of one table as a scenario's file has them, each cell with its place."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

__all__ = ["Cell", "Places", "Row", "Sheet"]

# Says where something is, from what its reader has noted: `file:line:column`.
Place = Callable[[int], str]


class Cell(NamedTuple):
    """What a file has for one column of one row; None is NULL.

    `raw` is its JSON text where the file says it in JSON; `at` goes to the sheet's `place`.
    """

    value: object
    at: int
    raw: str | None = None


@dataclass(slots=True)
class Row:
    """One row: its cells by column. A column without a cell gets its default."""

    cells: dict[str, Cell]
    at: int


@dataclass
class Sheet:
    """Rows of one table, by the name that the file calls it. `columns` are places of their names."""

    table: str
    place: Place
    at: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


class Places:
    """Tells line and column of an offset into a file's text, both from 1."""

    def __init__(self, file: Path, text: str) -> None:
        self._file = file
        self._starts = [0]
        found = text.find("\n")
        while found >= 0:
            self._starts.append(found + 1)
            found = text.find("\n", found + 1)

    def __call__(self, at: int) -> str:
        """Return `file:line:column`."""
        line = bisect_right(self._starts, at)
        return f"{self._file}:{line}:{at - self._starts[line - 1] + 1}"
