"""`//testing:sweep` as a command: what it asks Bazel for, and what it says. Bazel is a stand-in here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.sweep import Cell, Matrix, Outcome, Row, write_report

pytest_plugins = ["pytester"]

Command = Callable[..., subprocess.CompletedProcess[str]]
LABEL = "//shop:buying_test"
# Answers a query by a file, notes what it is told, and leaves the reports that were put ready.
STAND_IN = """#!{python}
import json, os, pathlib, shutil, sys
here = pathlib.Path({folder!r})
words = sys.argv[1:]
told = here / "told.json"
told.write_text(json.dumps([*json.loads(told.read_text() if told.exists() else "[]"), words]))
if words[0] == "query":
    answer = (here / "query").read_text()
    if answer.startswith("ERROR"):
        sys.exit(answer)
    print(answer)
    sys.exit()
if (here / "ready").exists():
    shutil.copytree(here / "ready", pathlib.Path("bazel-testlogs/shop/buying_test"), dirs_exist_ok=True)
sys.exit(int((here / "code").read_text()))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace whose Bazel is a stand-in."""
    program = tmp_path / "bazelw"
    program.write_text(STAND_IN.format(python=sys.executable, folder=str(tmp_path)))
    program.chmod(0o755)
    (tmp_path / "query").write_text(f"py_test rule {LABEL}")
    (tmp_path / "code").write_text("3")
    (tmp_path / "bazel-testlogs").mkdir()
    return tmp_path


@pytest.fixture
def command(folder: Path) -> Command:
    """Run the command as `bazel run` does."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "BUILD_WORKSPACE_DIRECTORY": str(folder),
            "BUILD_WORKING_DIRECTORY": str(folder),
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        done = subprocess.run(
            [sys.executable, "-m", "belljar.sweep", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return done

    return run


def part(folder: Path, run: int, trial: str, outcome: Outcome) -> None:
    """Put the report of one process ready."""
    row = Row("k", "payments", "http", "POST /charges", 1, ("reset", "timeout"))
    matrix = Matrix("a_test.py::test_a", LABEL, [row], ["reset", "timeout"])
    matrix.add(Cell("k", trial, outcome, "why", replay="./bazelw test ..."))
    write_report([matrix], folder / "ready" / f"run_{run}_of_2" / "test.outputs")


def test_two_processes_make_one_matrix_and_one_report(folder: Path, command: Command) -> None:
    part(folder, 1, "reset", Outcome.RETRIED)
    part(folder, 2, "timeout", Outcome.CORRUPTED)
    done = command(LABEL, "--jobs", "2", "--kinds", "reset,timeout", "--html", "mine.html")
    assert done.returncode == 1, done.stderr
    assert "1 corrupted, 1 retried" in done.stdout
    assert "not run" not in done.stdout
    assert f"report: {folder / 'mine.html'}" in done.stdout
    assert "1 of 2 cells are bad" in (folder / "mine.html").read_text()
    _, words = json.loads((folder / "told.json").read_text())
    assert {
        "--//bazel:sweep",
        "--runs_per_test=2",
        "--nocache_test_results",
        "--test_arg=--sweep",
        "--test_arg=--sweep-part=auto/2",
        "--test_arg=--sweep-kinds=reset,timeout",
    } <= set(words)


def test_without_a_bad_cell_it_succeeds(folder: Path, command: Command) -> None:
    part(folder, 1, "reset", Outcome.RETRIED)
    part(folder, 2, "timeout", Outcome.FAILED)
    assert command(LABEL).returncode == 0


def test_a_label_that_there_is_not_is_told_as_bazel_tells_it(
    folder: Path, command: Command
) -> None:
    (folder / "query").write_text("ERROR: no such target '//shop:buing_test'\n")
    done = command("//shop:buing_test")
    assert done.returncode == 2
    assert "no such target '//shop:buing_test'" in done.stderr
    assert "fix:   name a test target" in done.stderr


def test_a_target_that_is_no_test_is_refused(folder: Path, command: Command) -> None:
    (folder / "query").write_text("py_library rule //shop:shop")
    done = command("//shop")
    assert done.returncode == 2
    assert "sweep: //shop:shop (py_library rule) is no test" in done.stderr


def test_of_a_pattern_the_tests_are_meant(folder: Path, command: Command) -> None:
    part(folder, 1, "reset", Outcome.RETRIED)
    (folder / "query").write_text(f"py_library rule //shop:shop\npy_test rule {LABEL}")
    assert command("//shop/...").returncode == 0


def test_a_target_that_does_not_build_is_told(folder: Path, command: Command) -> None:
    (folder / "code").write_text("1")
    done = command(LABEL)
    assert done.returncode == 2
    assert "Bazel ended with 1, and nothing was swept" in done.stderr


def test_a_test_without_a_report_shows_what_it_wrote(folder: Path, command: Command) -> None:
    log = folder / "ready" / "run_1_of_2" / "test.log"
    log.parent.mkdir(parents=True)
    log.write_text("ImportError: no module named shop\n")
    done = command(LABEL)
    assert done.returncode == 2
    assert "  | ImportError: no module named shop" in done.stderr


def test_a_test_that_makes_no_outside_calls_is_told(folder: Path, command: Command) -> None:
    trouble = Matrix("a_test.py::test_a", LABEL, trouble="it makes no outside calls")
    write_report([trouble], folder / "ready" / "run_1_of_2" / "test.outputs")
    done = command(LABEL)
    assert done.returncode == 2
    assert "it makes no outside calls" in done.stdout


def test_a_number_of_processes_that_is_none_is_refused(command: Command) -> None:
    done = command(LABEL, "--jobs", "0")
    assert done.returncode == 2
    assert "'0' is no number from 1 to 64" in done.stderr


def test_what_an_older_run_has_left_is_not_of_this_one(folder: Path, command: Command) -> None:
    part(folder, 1, "timeout", Outcome.HUNG)
    stale = folder / "bazel-testlogs" / "shop" / "buying_test"
    (folder / "ready").rename(folder / "old")
    stale.parent.mkdir(parents=True)
    (folder / "old").rename(stale)
    for path in stale.rglob("*"):
        os.utime(path, (1, 1))
    part(folder, 2, "reset", Outcome.RETRIED)
    done = command(LABEL)
    assert done.returncode == 0, done.stdout
    assert "hung" not in done.stdout
