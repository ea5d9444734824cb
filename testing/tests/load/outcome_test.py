"""The outcome: when a run has failed, and how it is shown."""

from __future__ import annotations

import json
from array import array

import pytest

from belljar.load import Endpoint, Outcome, Results, Threshold

pytestmark = pytest.mark.unit


def outcome(
    durations: list[float], *limits: str, task_errors: tuple[tuple[str, int], ...] = ()
) -> Outcome:
    """The outcome of a second with these requests."""
    results = Results(
        {"GET /": Endpoint("GET /", array("d", durations), 1)} if durations else {},
        seconds=1.0,
        errors=(("GET /", "HTTPError: 503", 1),) if durations else (),
    )
    verdicts = [Threshold("http_req_duration", limit).check(results) for limit in limits]
    return Outcome("s", 1, None, results, verdicts, task_errors)


def test_a_run_that_kept_its_thresholds_passed() -> None:
    """Nothing to complain about."""
    kept = outcome([1.0, 2.0], "max<3")
    assert kept.passed
    assert kept.complaints == []
    assert "PASS  http_req_duration max<3  (measured 2)" in kept.table()


def test_one_missed_threshold_fails_the_run() -> None:
    """The complaint says what was measured, over how much."""
    missed = outcome([1.0, 2.0], "max<3", "med<0.5")
    assert not missed.passed
    assert missed.complaints == ["http_req_duration med<0.5: measured 1 over 2 requests"]
    assert "FAIL  http_req_duration med<0.5" in missed.table()


def test_a_run_without_requests_failed() -> None:
    """Also without any threshold."""
    assert not outcome([]).passed
    assert "no request was measured" in outcome([]).table()


def test_a_scenario_whose_tasks_raise_failed() -> None:
    """Its other requests may have been quick: it did not do what it says."""
    broken = outcome([1.0], "max<3", task_errors=(("KeyError: 'id'", 3),))
    assert not broken.passed
    assert "a task of the scenario raised KeyError: 'id' (3 times)" in broken.table()


def test_the_table_has_a_row_for_each_name_and_a_total() -> None:
    """Requests, failures, rate, percentiles, maximum; then the errors."""
    lines = outcome([1.0, 2.0, 3.5], "max<4").table().splitlines()
    assert lines[0].split("  ")[0] == "name"
    assert lines[2].split() == ["GET", "/", "3", "1", "3.0", "2", "3.5", "3.5", "3.5"]
    assert lines[4].split()[0] == "total"
    assert lines[-1] == "ERROR GET /: HTTPError: 503 (1 times)"


def test_the_figures_are_json() -> None:
    """Without NaN, which JSON does not have."""
    text = json.dumps(outcome([], "max<4").as_json(), allow_nan=False)
    assert json.loads(text)["thresholds"][0]["value"] is None
    assert json.loads(text)["passed"] is False
