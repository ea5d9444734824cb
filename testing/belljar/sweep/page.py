"""`page`: the matrices as one HTML file: nothing from outside, readable without scripts, by day and by night.

Path("sweep.html").write_text(page(matrices))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from belljar.sweep.matrix import Cell, Matrix, Row
from belljar.sweep.outcomes import Outcome

__all__ = ["page"]

STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --paper: #fff; --line: #d5dae1; --soft: #5b6675;
  --bad: #b3261e; --badp: #fbe3e1; --fail: #8a5a00; --failp: #fdf0d5; --fell: #0b6285; --fellp: #dff1f8;
  --good: #1d6b34; --goodp: #e2f4e6; --none: #5b6675; --nonep: #eef0f3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e7ed; --paper: #14181e; --line: #343c48;
  --soft: #9aa5b4; --bad: #ffb4ab; --badp: #5c1712; --fail: #f5cf85; --failp: #443208; --fell: #9bd6ee;
  --fellp: #0d3a4d; --good: #a3dfb2; --goodp: #17401f; --none: #9aa5b4; --nonep: #242a33; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; }
th, td { border: 1px solid var(--line); padding: .2rem .45rem; text-align: left; }
thead th { vertical-align: bottom; } tbody th { font-weight: 400; }
h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
.call { width: 26rem; display: flex; gap: .5rem; justify-content: space-between; align-items: end; }
.call code { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden;
  overflow-wrap: anywhere; }
td { text-align: center; white-space: nowrap; } td.empty { color: var(--soft); }
code, pre { font: 12px/1.45 ui-monospace, monospace; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--nonep); padding: .6rem; }
.bad { color: var(--bad); background: var(--badp); font-weight: 700; }
.fail { color: var(--fail); background: var(--failp); } .fell { color: var(--fell); background: var(--fellp); }
.good { color: var(--good); background: var(--goodp); } .none { color: var(--none); background: var(--nonep); }
dt { margin-top: .8rem; } dd { margin-left: 1.2rem; } td a { color: inherit; }
.legend span { padding: .1rem .4rem; margin-right: .4rem; } .soft { color: var(--soft); }
"""
CLASSES = {
    Outcome.HUNG: "bad",
    Outcome.CORRUPTED: "bad",
    Outcome.FAILED: "fail",
    Outcome.FELL_BACK: "fell",
    Outcome.RETRIED: "good",
    Outcome.ENDURED: "good",
    Outcome.NOT_REACHED: "none",
    Outcome.NOT_POSSIBLE: "none",
}


def page(matrices: Sequence[Matrix]) -> str:
    """Give the whole file."""
    bad = sum(len(matrix.bad) for matrix in matrices)
    cells = sum(len(matrix.cells) for matrix in matrices)
    verdict = f"{bad} of {cells} cells are bad" if bad else f"no cell of {cells} is bad"
    body = "\n".join(_section(matrix, index) for index, matrix in enumerate(matrices))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Fault sweep: {verdict}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Fault sweep: {verdict}</h1>\n{_legend()}\n{body}\n</body>\n</html>\n"
    )


def _legend() -> str:
    shown = (
        f'<dt><span class="{CLASSES[outcome]}">{outcome.value}</span></dt>'
        f"<dd>{escape(outcome.meaning)}</dd>"
        for outcome in Outcome
    )
    return f'<details class="legend"><summary>What the outcomes mean</summary><dl>{"".join(shown)}</dl></details>'


def _section(matrix: Matrix, index: int) -> str:
    title = f"<h2>{escape(f'{matrix.target} {matrix.test}'.strip())}</h2>"
    if matrix.trouble:
        return f"{title}\n<pre>{escape(matrix.trouble)}</pre>"
    counts = " ".join(
        f'<span class="{CLASSES[outcome]}">{number} {outcome.value}</span>'
        for outcome, number in matrix.counts().items()
    )
    notes = [*matrix.notes]
    notes += [f"not run: {row.boundary}: {row.text}, {column}" for row, column in matrix.empty]
    return "\n".join(
        [
            title,
            f'<p class="legend">{counts}</p>',
            f'<p class="soft">{len(matrix.rows)} calls, {len(matrix.cells)} cells in '
            f"{matrix.seconds:.1f} s; the test alone takes {matrix.recorded_seconds:.2f} s</p>",
            *_tables(matrix, index),
            _listed("Without faults it leaves", matrix.effects),
            _listed("Left out, or unsteady", notes),
            _details(matrix, index),
        ]
    )


def _tables(matrix: Matrix, index: int) -> Iterable[str]:
    """Give one for each boundary, with the columns that fit there."""
    for boundary, found in groupby(matrix.rows, key=lambda row: row.boundary):
        rows = list(found)
        there = {column for row in rows for column in row.trials}
        columns = [column for column in matrix.columns if column in there]
        head = "".join(f"<th>{escape(column)}</th>" for column in columns)
        body = "".join(_row(matrix, row, columns, index) for row in rows)
        yield (
            f"<h3>{escape(boundary)} ({rows[0].family})</h3>\n"
            f'<div class="scroll"><table>\n<thead><tr><th>call</th>{head}</tr></thead>\n'
            f"<tbody>{body}</tbody>\n</table></div>"
        )


def _row(matrix: Matrix, row: Row, columns: Sequence[str], index: int) -> str:
    number = f' <span class="soft">#{row.number}</span>' if row.number > 1 else ""
    cells = "".join(_cell(matrix, row, column, index) for column in columns)
    text = f'<code title="{escape(row.text)}">{escape(row.text)}</code>'
    return f'<tr><th><div class="call">{text}{number}</div></th>{cells}</tr>\n'


def _cell(matrix: Matrix, row: Row, column: str, index: int) -> str:
    cell = matrix.cell(row, column)
    if cell is None:
        return f'<td class="empty">{"" if column in row.trials else "·"}</td>'
    told = f"{row.text} #{row.number}, {column}: {cell.outcome.value}"
    if cell.detail:
        told += f": {cell.detail}"
    mark = "*" if cell.unsteady else ""
    word = f"{cell.outcome.value}{mark}"
    if cell.outcome.bad:
        word = f'<a href="#{_anchor(matrix, cell, index)}">{word}</a>'
    return f'<td class="{CLASSES[cell.outcome]}" title="{escape(told)}">{word}</td>'


def _anchor(matrix: Matrix, cell: Cell, index: int) -> str:
    return f"cell-{index}-{list(matrix.cells).index((cell.row, cell.trial))}"


def _listed(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    shown = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<details><summary>{title} ({len(lines)})</summary><ul>{shown}</ul></details>"


def _details(matrix: Matrix, index: int) -> str:
    """Give what is said of each cell, the bad ones first: not all devices show titles."""
    rows = {row.key: row for row in matrix.rows}
    order = list(Outcome)
    cells = sorted(matrix.cells.values(), key=lambda cell: order.index(cell.outcome))
    parts = []
    for bad in (True, False):
        shown = "".join(
            _told(rows[cell.row], cell, _anchor(matrix, cell, index))
            for cell in cells
            if cell.outcome.bad is bad
        )
        if shown:
            title, is_open = ("Bad cells", " open") if bad else ("The other cells", "")
            parts.append(f"<details{is_open}><summary>{title}</summary><dl>{shown}</dl></details>")
    return "\n".join(parts)


def _told(row: Row, cell: Cell, anchor: str) -> str:
    other = f"<p>another run of it: {escape(cell.other)}</p>" if cell.other else ""
    return (
        f'<dt id="{anchor}"><span class="{CLASSES[cell.outcome]}">{cell.outcome.value}</span> '
        f"{escape(row.boundary)}: <code>{escape(row.text)}</code> #{row.number}, "
        f"{escape(cell.trial)}, {cell.seconds:.2f} s</dt>"
        f"<dd>{escape(cell.detail)}{other}<pre>{escape(cell.replay)}</pre></dd>\n"
    )
