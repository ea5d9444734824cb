"""A sweep of code that runs in the test's own process: its HTTP requests, statements and programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.sweep import Matrix, read_report

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]


def outcomes(result: pytest.RunResult, out: Path) -> dict[tuple[str, str], str]:
    """Give the outcome of each cell by call and kind."""
    matrices: list[Matrix] = read_report(out / "sweep.json")
    rows = {row.key: row for matrix in matrices for row in matrix.rows}
    return {
        (rows[cell.row].text, cell.trial): cell.outcome.value
        for matrix in matrices
        for cell in matrix.cells.values()
    }


def test_statements_and_programs_are_swept_without_any_service(run: Run, tmp_path: Path) -> None:
    result = run(
        """
import subprocess, sys
import sqlalchemy

def test_it(tmp_path):
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("CREATE TABLE product (id integer)"))
    engine.dispose()
    done = subprocess.run([sys.executable, "-c", "print(4711)"], capture_output=True)
    print(done.returncode)
""",
        "--sweep",
        "--sweep-settle=0",
        "--sweep-kinds=sql_error,exit",
        f"--sweep-out={tmp_path}",
    )
    result.assert_outcomes(passed=1)
    found = outcomes(result, tmp_path)
    assert found["CREATE TABLE product (id integer)", "sql_error"] == "failed cleanly"
    assert found["commit", "sql_error"] == "failed cleanly"
    ((program, outcome),) = [
        (text, outcome) for (text, kind), outcome in found.items() if kind == "exit"
    ]
    assert "-c print(" in program
    assert outcome == "fell back"


def test_requests_to_a_mock_are_swept_at_the_mock_and_not_twice(run: Run, tmp_path: Path) -> None:
    result = run(
        """
import urllib.request

def test_it(payments):
    request = urllib.request.Request(
        payments.url + "/v1/customers?limit=1",
        headers={"Authorization": f"Bearer {payments.api_key}"},
    )
    for _ in range(2):
        try:
            urllib.request.urlopen(request, timeout=5).read()
            break
        except OSError:
            pass
""",
        "--sweep",
        "--sweep-settle=0",
        "--sweep-kinds=status",
        f"--sweep-out={tmp_path}",
    )
    result.assert_outcomes(passed=1)
    assert outcomes(result, tmp_path) == {("GET /v1/customers", "status 503"): "retried"}


def test_a_wait_without_a_timeout_is_hung_at_once(run: Run, tmp_path: Path) -> None:
    """A point in the process knows that the answer never comes: nobody waits for it."""
    result = run(
        """
import http.server, threading, urllib.request

class Yes(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

def test_it():
    server = http.server.HTTPServer(("127.0.0.1", 0), Yes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/slow").read()
    except Exception:
        pass
    server.shutdown()
    server.server_close()
""",
        "--sweep",
        "--sweep-settle=0",
        "--sweep-kinds=timeout",
        f"--sweep-out={tmp_path}",
    )
    result.assert_outcomes(failed=1)
    assert set(outcomes(result, tmp_path).values()) == {"hung"}
    result.stdout.fnmatch_lines(["*without a timeout, for an answer that will not come*"])


# Tells how often the test has run: twice without faults, then with.
COUNTED = """
import pathlib, subprocess, sys
import pytest

COUNTER = pathlib.Path({counter!r})

@pytest.fixture(autouse=True)
def number():
    now = int(COUNTER.read_text()) + 1 if COUNTER.exists() else 1
    COUNTER.write_text(str(now))
    return now

@pytest.fixture
def invariants(number):
    def it_is_not_the_fourth():
        assert number != {wrong}, "the fourth"
    return it_is_not_the_fourth

def test_it(number):
    if number <= {calls}:
        subprocess.run([sys.executable, "-c", "0"])
"""


def counted(run: Run, tmp_path: Path, *, calls: int, wrong: int) -> tuple[pytest.RunResult, Matrix]:
    """Sweep a test that makes its call in its first runs, and leaves something wrong in one of them."""
    code = COUNTED.format(counter=str(tmp_path / "counter"), calls=calls, wrong=wrong)
    options = ("--sweep-settle=0", "--sweep-kinds=exit", f"--sweep-out={tmp_path}")
    result = run(code, "--sweep", *options)
    (matrix,) = read_report(tmp_path / "sweep.json")
    return result, matrix


def test_a_call_that_is_not_made_is_tried_three_times_and_said(run: Run, tmp_path: Path) -> None:
    result, matrix = counted(run, tmp_path, calls=3, wrong=0)
    result.assert_outcomes(passed=1)
    (cell,) = matrix.cells.values()
    assert cell.outcome.value == "not reached"
    assert (tmp_path / "counter").read_text() == "6"  # three without faults


def test_a_cell_that_is_good_is_run_once(run: Run, tmp_path: Path) -> None:
    _, matrix = counted(run, tmp_path, calls=99, wrong=0)
    (cell,) = matrix.cells.values()
    assert (cell.outcome.value, cell.unsteady) == ("fell back", False)
    assert (tmp_path / "counter").read_text() == "4"


def test_a_bad_cell_that_is_good_again_is_unsteady_and_still_bad(run: Run, tmp_path: Path) -> None:
    result, matrix = counted(run, tmp_path, calls=99, wrong=4)
    result.assert_outcomes(failed=1)
    (cell,) = matrix.cells.values()
    assert (cell.outcome.value, cell.unsteady, cell.other) == ("corrupted", True, "fell back")
    result.stdout.fnmatch_lines(["*unsteady: another outcome when it was run again*"])


PETSHOP = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
paths:
  /pets:
    post:
      responses:
        "201": {description: made}
"""


def test_a_request_to_an_openapi_mock_that_is_made_twice_is_corrupted(
    run: Run, tmp_path: Path, pytester: pytest.Pytester
) -> None:
    (pytester.path / "petshop.yaml").write_text(PETSHOP)
    result = run(
        """
import urllib.request

def test_it(openapi_mock):
    shop = openapi_mock("petshop.yaml")
    shop.expect("POST", "/pets").respond(201)
    for _ in range(2):
        try:
            urllib.request.urlopen(shop.url + "/pets", b"", timeout=5)
            break
        except OSError:
            pass
""",
        "--sweep",
        "--sweep-settle=0",
        "--sweep-boundaries=petshop",
        "--sweep-kinds=status,lose_answer",
        f"--sweep-out={tmp_path}",
    )
    result.assert_outcomes(failed=1)
    assert {kind: outcome for (_, kind), outcome in outcomes(result, tmp_path).items()} == {
        "status 503": "retried",
        "lose_answer": "corrupted",
    }
