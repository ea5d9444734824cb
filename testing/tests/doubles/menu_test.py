"""The package's menu is complete, costs nothing to read, and every fixture is in the guide."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import belljar.doubles
from belljar.doubles import errors, plugin


def guide() -> str:
    for folder in Path(__file__).parents:
        path = folder / "docs" / "mocking.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    pytest.fail("docs/mocking.md is not among the target's files")


def test_all_is_sorted_and_every_name_is_there() -> None:
    names = belljar.doubles.__all__
    assert names == sorted(names)
    for name in names:
        assert getattr(belljar.doubles, name).__name__ == name


def test_every_error_is_on_it_and_has_one_root() -> None:
    for name in errors.__all__:
        assert name in belljar.doubles.__all__
        assert issubclass(getattr(errors, name), errors.DoubleError)


def test_another_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = belljar.doubles.nonsense


def test_the_plugin_imports_nothing_before_it_is_needed() -> None:
    code = (
        "import sys, belljar.doubles.plugin; "
        "print(sorted(name for name in sys.modules if name.startswith(('belljar.doubles.', "
        "'unittest', 'http', 'h11', 'pyfakefs', 'time_machine', 'sqlite3'))))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", code]
    answer = subprocess.check_output(run, env=environment, text=True, timeout=60)
    assert "belljar.doubles.plugin" in answer
    for heavy in ("belljar.doubles.ledger", "h11", "pyfakefs", "time_machine", "sqlite3"):
        assert f"'{heavy}'" not in answer


@pytest.mark.parametrize("name", plugin.__all__)
def test_every_fixture_has_its_part_in_the_guide(name: str) -> None:
    assert f"`{name}`" in guide()
