"""What is read in the report of a sweep."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from sweep_run import Cells, SweepFailed, count_cells, report_in, sweep


def test_a_cell_whose_fault_never_happened_is_not_filled() -> None:
    """Nor is one that was not run at all."""
    rows = [{"trials": ["reset", "timeout"]}, {"trials": ["reset", "fail"]}]
    cells = [{"outcome": text} for text in ("retried", "corrupted", "not reached")]
    assert count_cells({"tests": [{"rows": rows, "cells": cells}]}) == Cells(4, 2, 1)


def test_the_report_is_beside_the_page_that_was_named(tmp_path: Path) -> None:
    """The last one, if there is a report."""
    said = f"report: an/other.html\nreport: {tmp_path}/sweep.html\nbye"
    assert report_in(said, Path("/nowhere")) is None
    (tmp_path / "sweep.json").write_text("{}")
    assert report_in(said, Path("/nowhere")) == tmp_path / "sweep.json"
    assert report_in("no such target", tmp_path) is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("INFO: x\nERROR: no such target '//testing:sweep'", "2: ERROR: no such target"),
        ("report: {folder}/sweep.html", "2: the recorded run failed"),
        ("boom", "2: boom"),
    ],
)
def test_a_sweep_that_gave_no_cells_says_why(
    said: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its own words."""
    tests = [{"rows": [], "cells": [], "trouble": "the recorded run failed"}]
    (tmp_path / "sweep.json").write_text(json.dumps({"tests": tests}))
    ended = subprocess.CompletedProcess([], 2, stdout=said.format(folder=tmp_path))
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(tmp_path))
    with pytest.raises(SweepFailed, match=reason):
        sweep("//a:test")


def test_without_a_workspace_there_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how to start it."""
    monkeypatch.delenv("BUILD_WORKSPACE_DIRECTORY", raising=False)
    with pytest.raises(SweepFailed, match=r"\./bazelw run //testing/bench:mocks"):
        sweep("//a:test")
