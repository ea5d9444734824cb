"""The package's menu is complete, costs nothing to read, and everything is in the guide."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import belljar.data
from belljar.data import errors, plugin
from belljar.data.providers import PROVIDERS


def guide() -> str:
    for folder in Path(__file__).parents:
        path = folder / "docs" / "data.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    pytest.fail("docs/data.md is not among the target's files")


def test_all_is_sorted_and_every_name_is_there() -> None:
    names = belljar.data.__all__
    assert names == sorted(names, key=lambda name: (name.islower(), name))
    for name in names:
        assert getattr(belljar.data, name).__name__ == name


def test_every_error_is_on_it_and_has_one_root() -> None:
    for name in errors.__all__:
        if name != "nearest":
            assert name in belljar.data.__all__
            assert issubclass(getattr(errors, name), errors.DataError)


def test_another_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = belljar.data.nonsense


def test_the_plugin_imports_nothing_before_it_is_needed() -> None:
    code = (
        "import sys, belljar.data.plugin; "
        "print([name for name in ('faker', 'belljar.data.draw', 'belljar.data.data', 'difflib', "
        "'sqlalchemy', 'pydantic', 'hypothesis') if name in sys.modules])"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", code]
    assert subprocess.check_output(run, env=environment, text=True, timeout=60).strip() == "[]"


@pytest.mark.parametrize("name", plugin.__all__)
def test_every_fixture_has_its_part_in_the_guide(name: str) -> None:
    assert f"`{name}`" in guide()


def test_every_method_of_our_providers_is_in_the_guide() -> None:
    text = guide()
    for provider in PROVIDERS:
        for name in vars(provider):
            if not name.startswith("_"):
                assert f"`{name}" in text
