"""An interpreter that was packed below another prefix finds the system's time zones; others look where they did."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

import pytest

from belljar.runner import time_zones
from belljar.runner.time_zones import find_time_zones

VARIABLE = "PYTHONTZPATH"


@pytest.fixture(autouse=True)
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system with one of the usual folders, and an interpreter that looks elsewhere."""
    (tmp_path / "zones").mkdir()
    usual = (str(tmp_path / "zones"), str(tmp_path / "none"))
    monkeypatch.setattr(time_zones, "_USUAL", usual)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(sysconfig, "get_config_var", lambda name: str(tmp_path / "packed"))
    monkeypatch.delitem(sys.modules, "zoneinfo", raising=False)
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


def test_it_is_told_where_the_system_has_them(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "")  # put back at the end
    monkeypatch.delenv(VARIABLE)
    find_time_zones()
    assert os.environ[VARIABLE] == str(system / "zones")


def test_one_that_has_its_own_is_left_alone(system: Path) -> None:
    (system / "packed").mkdir()
    find_time_zones()
    assert VARIABLE not in os.environ


def test_what_somebody_has_said_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "/their/own")
    find_time_zones()
    assert os.environ[VARIABLE] == "/their/own"
