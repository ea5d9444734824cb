"""`Matrix`: what a sweep of one test has found, as an object and as JSON: calls, kinds of faults, and a cell for each.

matrix.cell(row, "timeout").outcome
Matrix.from_json(matrix.to_json()) == matrix
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from belljar.sweep.errors import BadReport
from belljar.sweep.outcomes import Outcome

__all__ = ["Cell", "Matrix", "Row", "joined"]


@dataclass(frozen=True)
class Row:
    """An outside call: `text` as it is shown, the `number`th of its kind."""

    key: str
    boundary: str
    family: str
    text: str
    number: int
    # The columns that fit.
    trials: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One run with one fault. `detail` says why; `unsteady` that a second run had `other` as its outcome."""

    row: str
    trial: str
    outcome: Outcome
    detail: str = ""
    seconds: float = 0.0
    unsteady: bool = False
    other: str = ""
    plan: Mapping[str, Any] = field(default_factory=dict)
    replay: str = ""


@dataclass
class Matrix:
    """A test's outside calls, what was tried with each, and what came of it."""

    test: str
    target: str = ""
    rows: list[Row] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    # What is not swept, and why, in words.
    notes: list[str] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    recorded_seconds: float = 0.0
    seconds: float = 0.0
    # Why there is no matrix; and whether that is a failure, rather than a test without outside calls.
    trouble: str = ""
    failed: bool = False

    def add(self, cell: Cell) -> None:
        """Fill a cell."""
        self.cells[cell.row, cell.trial] = cell

    def cell(self, row: Row, column: str) -> Cell | None:
        """Give a cell; None where the kind does not fit, or was not run."""
        return self.cells.get((row.key, column))

    @property
    def bad(self) -> list[Cell]:
        """The cells that are hung or corrupted, the worst first."""
        found = [cell for cell in self.cells.values() if cell.outcome.bad]
        return sorted(found, key=lambda cell: list(Outcome).index(cell.outcome))

    @property
    def empty(self) -> list[tuple[Row, str]]:
        """The cells that should be there, and were not run."""
        return [
            (row, column)
            for row in self.rows
            for column in row.trials
            if (row.key, column) not in self.cells
        ]

    def counts(self) -> dict[Outcome, int]:
        """Give how often each outcome is there, the worst first."""
        found = [cell.outcome for cell in self.cells.values()]
        return {outcome: found.count(outcome) for outcome in Outcome if outcome in found}

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        given = {item.name: getattr(self, item.name) for item in fields(self)}
        given["rows"] = [asdict(row) for row in self.rows]
        given["cells"] = [
            asdict(cell) | {"outcome": cell.outcome.value} for cell in self.cells.values()
        ]
        return given

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Matrix:
        """Give the matrix that JSON has. Raises `BadReport`."""
        try:
            known = {item.name for item in fields(cls)} - {"rows", "cells"}
            matrix = cls(**{name: given[name] for name in known})
            matrix.rows = [Row(**(row | {"trials": tuple(row["trials"])})) for row in given["rows"]]
            for cell in given["cells"]:
                matrix.add(Cell(**(cell | {"outcome": Outcome(cell["outcome"])})))
        except (KeyError, TypeError, ValueError) as error:
            raise BadReport(
                f"this is no matrix of a sweep: {type(error).__name__}: {error}",
                fix="make it with this version of Belljar",
            ) from None
        return matrix


def joined(matrices: Iterable[Matrix]) -> list[Matrix]:
    """Give one matrix for each test, from those of the processes that have shared its cells.

    Each process has recorded for itself. A call that not all of them have seen could have some of its
    cells only: it is left out, with a note, unless one of these is bad.
    """
    found: dict[tuple[str, str], list[Matrix]] = {}
    for part in matrices:
        found.setdefault((part.target, part.test), []).append(part)
    return [_whole(parts) for parts in found.values()]


def _whole(parts: Sequence[Matrix]) -> Matrix:
    whole = parts[0]
    recorded = [{row.key for row in part.rows} for part in parts if part.rows]
    for part in parts[1:]:
        keys = {row.key for row in whole.rows}
        whole.rows += [row for row in part.rows if row.key not in keys]
        whole.columns += [column for column in part.columns if column not in whole.columns]
        whole.cells |= part.cells
        whole.notes = _together(whole.notes, part.notes)
        whole.effects = _together(whole.effects, part.effects)
        whole.recorded_seconds = max(whole.recorded_seconds, part.recorded_seconds)
        whole.seconds = max(whole.seconds, part.seconds)
        whole.trouble = whole.trouble or part.trouble
        whole.failed = whole.failed or part.failed
    bad = {cell.row for cell in whole.bad}
    for row in list(whole.rows):
        if row.key in bad or all(row.key in keys for keys in recorded):
            continue
        whole.rows.remove(row)
        whole.cells = {key: cell for key, cell in whole.cells.items() if key[0] != row.key}
        number = f" #{row.number}" if row.number > 1 else ""
        seen = sum(row.key in keys for keys in recorded)
        whole.notes.append(
            f"unsteady: {row.boundary}: {row.text}{number}: seen by {seen} of {len(recorded)} "
            "processes, and not swept"
        )
    return whole


def _together(some: Sequence[str], others: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*some, *others]))
