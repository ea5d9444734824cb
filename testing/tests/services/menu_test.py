"""The package's menu is complete, and costs nothing to read."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import belljar.services
from belljar.services import errors


def test_all_is_sorted_and_every_name_is_there() -> None:
    names = belljar.services.__all__
    assert names == sorted(names, key=lambda name: (name.islower(), name))
    for name in names:
        assert getattr(belljar.services, name).__name__ == name


def test_every_error_is_on_it_and_has_one_root() -> None:
    for name in errors.__all__:
        assert name in belljar.services.__all__
        assert issubclass(getattr(errors, name), errors.ServiceError)


def test_another_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = belljar.services.nonsense


def test_the_plugin_imports_nothing_before_it_is_needed() -> None:
    """It is at hand in tests that never start a service."""
    code = (
        "import sys, belljar.services.plugin; "
        "print(sorted(name for name in sys.modules if name.startswith(('belljar.pro', "
        "'belljar.services.', 'belljar.databases'))))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", code]
    answer = subprocess.check_output(run, env=environment, text=True)
    assert answer == "['belljar.services.plugin']\n"
