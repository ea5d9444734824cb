"""Whole runs: the command on small scenarios, with a real driver against a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.load import DriverFailed, run
from belljar.load.main import main

WriteScenario = Callable[..., Path]

pytestmark = pytest.mark.integration
QUICK = ("--duration", "500ms", "--warmup", "100ms", "--users", "2")


def test_a_run_that_keeps_its_thresholds_exits_0(
    write_scenario: WriteScenario, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints the table and writes the same figures as JSON."""
    file = tmp_path / "figures.json"
    assert main([str(write_scenario()), *QUICK, "--json", str(file)]) == 0
    printed = capsys.readouterr().out
    assert "PASS  http_req_failed rate<0.01  (measured 0)" in printed
    figures = json.loads(file.read_text(encoding="utf-8"))
    assert figures["passed"] is True
    assert figures["total"]["requests"] > 10
    assert [item["name"] for item in figures["endpoints"]] == ["GET /"]
    assert 0 < figures["total"]["p50_ms"] <= figures["total"]["p99_ms"]


def test_files_are_written_where_the_caller_of_bazel_run_stands(
    write_scenario: WriteScenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bazel starts a binary in its runfiles, where nobody would look for them."""
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    files = ("--json", "figures.json", "--log", "driver.log")
    assert main([str(write_scenario()), *QUICK, *files]) == 0
    assert (tmp_path / "figures.json").is_file()
    assert "All users spawned" in (tmp_path / "driver.log").read_text(encoding="utf-8")


def test_a_missed_threshold_exits_1(
    write_scenario: WriteScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every request fails, which the table and the verdict both say."""
    assert main([str(write_scenario(task='self.client.get("/bad")')), *QUICK]) == 1
    printed = capsys.readouterr().out
    assert "FAIL  http_req_failed rate<0.01  (measured 1)" in printed
    assert "ERROR GET /bad: HTTPError: 503" in printed


def test_a_run_without_a_request_exits_1(
    write_scenario: WriteScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """A scenario that does nothing proves nothing."""
    assert main([str(write_scenario(task="pass")), *QUICK]) == 1
    assert "no request was measured" in capsys.readouterr().out


def test_a_task_that_raises_exits_1(
    write_scenario: WriteScenario, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even if its requests went well."""
    task = 'self.client.get("/").json()["id"]'
    assert main([str(write_scenario(task=task)), *QUICK]) == 1
    assert "a task of the scenario raised" in capsys.readouterr().out


def test_a_rate_bounds_the_requests(write_scenario: WriteScenario) -> None:
    """Two users that could make hundreds make about twenty in a second."""
    outcome = run(str(write_scenario()), users=2, seconds=1.0, warmup=0.2, rate=20)
    assert 5 <= outcome.results.total().requests <= 30


def test_a_scenario_without_users_is_explained(write_scenario: WriteScenario) -> None:
    """The driver finds out, its words arrive here."""
    with pytest.raises(DriverFailed, match="defines no Locust user class: derive one"):
        run(str(write_scenario(user="object")), users=1, seconds=0.2, warmup=0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no.such.module"], "belljar.load: scenario 'no.such.module' is no module"),
        (["x", "--duration", "soon"], "'soon' is no duration above zero"),
        (["x", "--users", "0"], "'0' is no whole number above zero"),
        (["x", "--rate", "-1"], "'-1' is no number above zero"),
        ([], "the following arguments are required: scenario"),
    ],
)
def test_a_mistake_in_the_command_exits_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what is wrong; there is no traceback."""
    try:
        status: object = main(arguments)
    except SystemExit as ended:
        status = ended.code
    assert status == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
