"""The package's menu is complete, and costs nothing to read."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import belljar.databases
from belljar.databases import errors


def test_all_is_sorted_and_every_name_is_there() -> None:
    names = belljar.databases.__all__
    assert names == sorted(names)
    for name in names:
        assert getattr(belljar.databases, name).__name__ == name


def test_every_error_is_on_it_and_has_one_root() -> None:
    for name in errors.__all__:
        assert name in belljar.databases.__all__
        assert issubclass(getattr(errors, name), errors.DatabaseError)


def test_another_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = belljar.databases.nonsense


def test_the_plugin_imports_no_server_before_it_is_needed() -> None:
    """It is at hand in tests that never start one."""
    code = (
        "import sys, belljar.databases.plugin; "
        "print([name for name in sys.modules if name.startswith(('belljar.pro', 'psycopg', "
        "'valkey', 'sqlalchemy', 'belljar.databases.postgres'))])"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", code]
    assert subprocess.check_output(run, env=environment, text=True) == "[]\n"
