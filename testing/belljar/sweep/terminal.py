"""`drawn`: a matrix as text: rows are calls, columns are kinds of faults, a letter for each outcome.

print(drawn(matrix, Style(color=True, width=120)))
"""

from __future__ import annotations

from dataclasses import dataclass

from belljar.sweep.matrix import Cell, Matrix, Row
from belljar.sweep.outcomes import Outcome

__all__ = ["Style", "drawn"]

COLORS = {
    Outcome.HUNG: "41;97",
    Outcome.CORRUPTED: "41;97",
    Outcome.FAILED: "33",
    Outcome.FELL_BACK: "36",
    Outcome.RETRIED: "32",
    Outcome.ENDURED: "32",
    Outcome.NOT_REACHED: "90",
    Outcome.NOT_POSSIBLE: "90",
}
# Between two columns of letters.
STEP = 3
LEAST_LABEL = 24


@dataclass(frozen=True)
class Style:
    """How it is drawn: in colour or not, and how wide."""

    color: bool = False
    width: int = 100

    def paint(self, text: str, outcome: Outcome) -> str:
        """Give the text in the outcome's colour."""
        return f"\033[{COLORS[outcome]}m{text}\033[0m" if self.color else text


def drawn(matrix: Matrix, style: Style) -> str:
    """Give the matrix, its legend, and what is to be said of single cells."""
    title = f"{matrix.target} {matrix.test}".strip()
    if matrix.trouble:
        return f"{title}\n{matrix.trouble}"
    counts = ", ".join(f"{number} {outcome.value}" for outcome, number in matrix.counts().items())
    lines = [
        f"{title}: {len(matrix.rows)} calls, {len(matrix.cells)} cells in {matrix.seconds:.1f} s"
        f" (the test alone: {matrix.recorded_seconds:.2f} s)",
        counts,
        "",
        *_grid(matrix, style),
        "",
        *_legend(matrix, style),
        *(f"  {effect}" for effect in ["without faults it leaves:", *matrix.effects][:21]),
        *_left_out(matrix),
        *_details(matrix, style),
    ]
    return "\n".join(lines)


def _grid(matrix: Matrix, style: Style) -> list[str]:
    label = max(LEAST_LABEL, style.width - STEP * len(matrix.columns) - 4)
    label = min(label, max((len(_name(row)) for row in matrix.rows), default=0) + 2)
    lines = []
    # The columns' names, each above its own column, one line for each.
    for index, column in enumerate(matrix.columns):
        bars = "".join("|".ljust(STEP) for _ in range(index))
        lines.append(f"{'':{label}}{bars}{column}")
    boundary = ""
    for row in matrix.rows:
        if row.boundary != boundary:
            boundary = row.boundary
            lines.append(f"{boundary} ({row.family})")
        text = _short(_name(row), label - 1)
        cells = "".join(_letter(matrix, row, column, style) for column in matrix.columns)
        lines.append(f"{text:{label}}{cells}".rstrip())
    return lines


def _letter(matrix: Matrix, row: Row, column: str, style: Style) -> str:
    cell = matrix.cell(row, column)
    if cell is None:
        return (" " if column in row.trials else "·").ljust(STEP)
    mark = "*" if cell.unsteady else ""
    text = cell.outcome.letter + mark
    return style.paint(text, cell.outcome) + " " * (STEP - len(text))


def _legend(matrix: Matrix, style: Style) -> list[str]:
    lines = [
        f"  {style.paint(outcome.letter, outcome)}  {outcome.value}: {outcome.meaning}"
        for outcome in matrix.counts()
    ]
    if any(cell.unsteady for cell in matrix.cells.values()):
        lines.append("  *  unsteady: another outcome when it was run again")
    return [*lines, "  ·  no such fault there", ""]


def _left_out(matrix: Matrix) -> list[str]:
    notes = list(matrix.notes)
    notes += [
        f"not run: {row.boundary}: {row.text} #{row.number}, {column}"
        for row, column in matrix.empty
    ]
    return ["", *(f"  {note}" for note in notes)] if notes else []


def _details(matrix: Matrix, style: Style) -> list[str]:
    rows = {row.key: row for row in matrix.rows}
    lines: list[str] = []
    for cell in matrix.bad:
        row = rows[cell.row]
        lines += [
            "",
            f"{style.paint(cell.outcome.value, cell.outcome)}: {row.boundary}: {row.text} "
            f"#{row.number}, {cell.trial}",
            *(f"  {line}" for line in _said(cell)),
        ]
    return lines


def _said(cell: Cell) -> list[str]:
    lines = cell.detail.splitlines()
    if cell.other:
        lines.append(f"another run of it: {cell.other}")
    return [*lines, f"replay: {cell.replay}"]


def _name(row: Row) -> str:
    return f"  {row.text}" + (f" #{row.number}" if row.number > 1 else "")


def _short(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    # The number at its end tells two apart.
    head, mark, number = text.rpartition(" #")
    tail = f"{mark}{number}" if mark and number.isdigit() else ""
    return f"{(head if tail else text)[: width - len(tail) - 3]}...{tail}"
