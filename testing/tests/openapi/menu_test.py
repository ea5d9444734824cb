"""The package's menu is complete, and imports nothing before it is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from belljar.mocks import openapi


def test_every_name_of_the_menu_is_there() -> None:
    assert sorted(openapi.__all__) == openapi.__all__
    for name in openapi.__all__:
        assert getattr(openapi, name).__name__ == name if name[0].isupper() else True


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        openapi.nothing  # noqa: B018


def test_the_plugin_loads_without_the_mock() -> None:
    code = (
        "import sys, belljar.mocks.openapi.plugin as p; "
        "print('jsonschema' in sys.modules, 'yaml' in sys.modules)"
    )
    path = [entry for entry in sys.path if entry]
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "False"]
