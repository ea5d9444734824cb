"""The package's menu is complete, costs nothing to read, and every kind is documented."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import belljar.faults
from belljar.faults import BadKind, Kind, Parameter, Planner, errors, register
from belljar.faults.families import FAMILIES
from belljar.faults.kind import kinds
from belljar.faults.points import POINTS


def guide() -> str:
    for folder in Path(__file__).parents:
        path = folder / "docs" / "faults.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    pytest.fail("docs/faults.md is not among the target's files")


def test_all_is_sorted_and_every_name_is_there() -> None:
    names = belljar.faults.__all__
    assert names == sorted(names, key=lambda name: (name.islower(), name))
    for name in names:
        assert getattr(belljar.faults, name).__name__ == name


def test_every_error_is_on_it_and_has_one_root() -> None:
    for name in errors.__all__:
        assert name in belljar.faults.__all__
        assert issubclass(getattr(errors, name), errors.FaultError)


def test_another_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = belljar.faults.nonsense


def test_the_plugin_imports_nothing_before_it_is_needed() -> None:
    """It is at hand in tests that never plan a fault."""
    code = (
        "import sys, belljar.faults.plugin; "
        "print(sorted(name for name in sys.modules if name.startswith(('belljar.faults.', "
        "'httpx', 'sqlalchemy'))))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", code]
    answer = subprocess.check_output(run, env=environment, text=True, timeout=60)
    assert answer == "['belljar.faults.plugin']\n"


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_kind_and_parameter_is_in_the_guide(name: str) -> None:
    # A kind may be named like a family, whose table is before.
    row = [line for line in guide().splitlines() if line.startswith(f"| `{name}` |")][-1]
    for parameter in kinds()[name].parameters:
        assert f"`{parameter.name}`" in row
    for family in kinds()[name].fits:
        assert family in row


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_family_and_its_keys_are_in_the_guide(name: str) -> None:
    row = next(line for line in guide().splitlines() if line.startswith(f"| `{name}` |"))
    for key in FAMILIES[name].keys:
        assert f"`{key}`" in row


def test_every_point_is_a_family() -> None:
    assert set(POINTS) <= set(FAMILIES)


def test_a_kind_of_one_s_own_is_planned_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("belljar.faults.kind._kinds", dict(kinds()))  # other tests look at all
    register(Kind("menu_test", "of this test", ("http",), (Parameter("size", int),)))
    planner = Planner()
    planner.on("payments").plan("menu_test", {"size": 3}, times=1)
    assert planner.plan.rules[0].values == {"size": 3}


def test_a_kind_that_cannot_work_is_refused() -> None:
    with pytest.raises(BadKind, match=r"'mtp', which is no family(?s:.*)smtp"):
        register(Kind("other", "", ("mtp",)))
    with pytest.raises(BadKind, match="two kinds of faults named 'reset'"):
        register(Kind("reset", "another", ("http",)))
    with pytest.raises(BadKind, match="fits nothing"):
        register(Kind("other", "", ()))
