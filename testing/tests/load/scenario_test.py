"""Loading a scenario: what it must have, and what loading it must not do."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.load import BadScenario, BadThreshold, Threshold, load_scenario

WriteScenario = Callable[..., Path]

pytestmark = pytest.mark.integration


def test_a_scenario_is_loaded_from_its_file(write_scenario: WriteScenario, server: str) -> None:
    """With its target and its thresholds."""
    scenario = load_scenario(str(write_scenario()))
    assert scenario.thresholds == (Threshold("http_req_failed", "rate<0.01"),)
    with scenario.target() as url:
        assert url == server


def test_a_scenario_is_loaded_by_its_name(
    write_scenario: WriteScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As any module that can be imported."""
    monkeypatch.syspath_prepend(str(write_scenario().parent))
    assert load_scenario("small_scenario").source == "small_scenario"
    monkeypatch.delitem(sys.modules, "small_scenario")


def test_loading_a_scenario_does_not_patch_this_process(write_scenario: WriteScenario) -> None:
    """It imports Locust, whose import patches the standard library for gevent."""
    before = socket.socket
    load_scenario(str(write_scenario()))
    assert "locust" in sys.modules
    assert socket.socket is before
    assert socket.socket.__module__ == "socket"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere/scenario.py", "is no file (seen from"),
        ("no.such.module", "is no module that can be imported"),
        ("belljar.load.nothing", "is no module that can be imported"),
        ("belljar.load.durations", "has no target()"),
    ],
)
def test_a_scenario_that_is_not_there_is_explained(source: str, message: str) -> None:
    """With its name, as it was given."""
    with pytest.raises(BadScenario) as caught:
        load_scenario(source)
    assert message in str(caught.value)
    assert repr(source) in str(caught.value)


@pytest.mark.parametrize("thresholds", ["()", "None", '("p(95)<250",)'])
def test_a_scenario_without_thresholds_is_explained(
    write_scenario: WriteScenario, thresholds: str
) -> None:
    """A load test that cannot fail is none."""
    with pytest.raises(BadScenario, match="THRESHOLDS"):
        load_scenario(str(write_scenario(thresholds=thresholds)))


def test_a_bad_threshold_is_found_before_anything_is_started(
    write_scenario: WriteScenario,
) -> None:
    """While the scenario is loaded."""
    with pytest.raises(BadThreshold, match="'fast'"):
        load_scenario(str(write_scenario(thresholds='(Threshold("http_reqs", "fast"),)')))


def test_a_missing_import_inside_a_scenario_is_not_called_a_missing_scenario(
    write_scenario: WriteScenario,
) -> None:
    """The real culprit stays visible."""
    with pytest.raises(ModuleNotFoundError, match="no_such_library"):
        load_scenario(str(write_scenario(prelude="import no_such_library")))
