"""The matrix: as JSON, from several processes, and as text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from belljar.sweep import BadReport, Cell, Matrix, Outcome, Row, read_report, write_report
from belljar.sweep.matrix import joined
from belljar.sweep.page import page
from belljar.sweep.terminal import Style, drawn
from belljar.sweep.trials import trials_for

ROW = Row("k1", "payments", "http", "POST /charges", 1, ("timeout", "reset"))
OTHER = Row("k2", "db", "postgres", "SELECT <1>" + " x" * 200, 2, ("timeout",))


@pytest.fixture
def matrix() -> Matrix:
    """A matrix with one bad cell, and one that was not run."""
    made = Matrix("a_test.py::test_a", rows=[ROW, OTHER], columns=["timeout", "reset"])
    made.add(Cell("k1", "timeout", Outcome.HUNG, "not over", 5.0, replay="pytest --faults=<1>"))
    made.add(Cell("k1", "reset", Outcome.RETRIED, unsteady=True, other="fell back"))
    return made


def test_a_report_is_read_as_it_was_written(matrix: Matrix, tmp_path: Path) -> None:
    path = write_report([matrix], tmp_path)
    assert path == tmp_path / "sweep.html"
    assert read_report(tmp_path / "sweep.json") == [matrix]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2}', '{"version": 1, "tests": [{}]}']
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(BadReport, match="fix:"):
        read_report(text.encode())


def test_the_cells_of_several_processes_are_one_matrix(matrix: Matrix) -> None:
    part = Matrix("a_test.py::test_a", rows=matrix.rows, columns=["timeout"], notes=["a"])
    part.add(Cell("k2", "timeout", Outcome.FAILED, "refused"))
    assert matrix.empty == [(OTHER, "timeout")]
    (whole,) = joined([matrix, part])
    assert whole.empty == []
    assert whole.counts() == {Outcome.HUNG: 1, Outcome.FAILED: 1, Outcome.RETRIED: 1}
    assert [cell.outcome for cell in whole.bad] == [Outcome.HUNG]


def test_a_call_that_one_process_has_not_seen_is_unsteady_unless_it_is_bad(matrix: Matrix) -> None:
    part = Matrix("a_test.py::test_a", rows=[], columns=["timeout"])
    part.rows = [replace(OTHER, key="k3", text="SELECT 3")]
    part.add(Cell("k3", "timeout", Outcome.FAILED, "refused"))
    (whole,) = joined([matrix, part])
    assert [row.key for row in whole.rows] == ["k1"]
    assert {row for row, _ in whole.cells} == {"k1"}
    assert "unsteady: db: SELECT 3 #2: seen by 1 of 2 processes, and not swept" in whole.notes


def test_a_matrix_is_drawn_as_wide_as_the_terminal(matrix: Matrix) -> None:
    text = drawn(matrix, Style(width=60))
    lines = text.splitlines()
    assert max(len(line) for line in lines if line.startswith("  SELECT")) <= 60
    assert any(line.startswith("  POST /charges") and line.endswith("H  r*") for line in lines)
    assert "... #2" in text
    assert "not run: db: SELECT" in text
    assert "\033[" not in text
    assert "\033[" in drawn(matrix, Style(color=True))


def test_a_page_shows_texts_as_they_are(matrix: Matrix) -> None:
    html = page([matrix])
    assert "SELECT &lt;1&gt;" in html
    assert "<1>" not in html


@pytest.mark.parametrize(
    ("family", "there", "not_there"),
    [
        (
            "http",
            ("status 503", "lose_answer", "timeout", "garbage"),
            ("kill", "restart", "refuse"),
        ),
        ("smtp", ("smtp 451", "smtp 550"), ("status 503",)),
        ("webhook", ("duplicate", "delay", "reorder"), ("reset",)),
        ("client", ("refuse",), ("kill",)),
        ("postgres", ("sql_error", "lose_answer"), ("valkey_error",)),
        ("subprocess", ("exit", "not_started"), ("reset",)),
        ("process", (), ("kill", "restart")),
    ],
)
def test_each_family_is_tried_with_what_fits_it(
    family: str, there: tuple[str, ...], not_there: tuple[str, ...]
) -> None:
    names = [trial.name for trial in trials_for(family)]
    assert set(there) <= set(names)
    assert not set(not_there) & set(names)


def test_kinds_that_are_asked_for_are_tried_whatever_is_usual() -> None:
    assert [trial.name for trial in trials_for("http", ["refuse", "kill"])] == ["refuse", "kill"]
