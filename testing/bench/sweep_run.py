"""The sweep of a test as its users run it: `sweep` gives its seconds and what became of its cells."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Cells", "SweepFailed", "count_cells", "sweep"]

REPORT = "sweep.json"


class SweepFailed(Exception):
    """Why there is no figure of a sweep."""


class Cells(NamedTuple):
    """The cells that there should be, those that have an outcome, and the bad ones among these."""

    wanted: int
    filled: int
    bad: int


def sweep(label: str) -> tuple[float, Cells]:
    """Gives the seconds of a sweep by its target, and its cells. Raises `SweepFailed`."""
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if workspace is None:
        raise SweepFailed("there is no workspace: start it with ./bazelw run //testing/bench:mocks")
    command = ["./bazelw", "run", "--noshow_progress", "//testing:sweep", "--", label]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    begun = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=workspace,
        env={**kept, "BELLJAR_QUIET": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    report = report_in(done.stdout, Path(workspace))
    if report is None:
        raise SweepFailed(f"it ended with {done.returncode}: {_reason(done.stdout)}")
    content = json.loads(report.read_text(encoding="utf-8"))
    troubles = [test["trouble"] for test in content["tests"] if test["trouble"]]
    if troubles:
        raise SweepFailed(f"it ended with {done.returncode}: {troubles[0]}")
    return seconds, count_cells(content)


def report_in(said: str, folder: Path) -> Path | None:
    """Gives the report whose page a sweep has named; None when it has named none."""
    pages: list[str] = re.findall(r"^report: (.+)$", said, re.MULTILINE)
    report = (folder / pages[-1]).parent / REPORT if pages else None
    return report if report is not None and report.is_file() else None


def _reason(said: str) -> str:
    lines = said.strip().splitlines()
    told = [line for line in lines if line.startswith(("ERROR", "sweep:"))]
    return " / ".join((told or lines)[:3])


def count_cells(report: Mapping[str, Any]) -> Cells:
    """Gives the cells of a report; one whose fault never happened is not filled."""
    wanted = sum(len(row["trials"]) for test in report["tests"] for row in test["rows"])
    outcomes = [cell["outcome"] for test in report["tests"] for cell in test["cells"]]
    bad = sum(outcome in ("hung", "corrupted") for outcome in outcomes)
    return Cells(wanted, len(outcomes) - outcomes.count("not reached"), bad)
