"""The menus of the registry and of what is inside are complete, and cost nothing to read."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import belljar.mocks.inside
import belljar.mocks.registry
from belljar.mocks import MockError
from belljar.mocks.registry import errors


@pytest.mark.parametrize("menu", [belljar.mocks.registry, belljar.mocks.inside])
def test_all_is_sorted_and_every_name_is_there(menu: object) -> None:
    names: list[str] = menu.__all__  # type: ignore[attr-defined]  # a module
    assert names == sorted(names)
    for name in names:
        assert getattr(menu, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = menu.nonsense  # type: ignore[attr-defined]  # it has none


def test_every_error_is_on_it_and_has_one_root() -> None:
    for name in set(errors.__all__) - {"nearest"}:
        assert name in belljar.mocks.registry.__all__
        assert issubclass(getattr(errors, name), MockError | AssertionError)


def test_the_plugin_imports_no_mock_before_it_is_needed() -> None:
    code = (
        "import sys, belljar.mocks.registry.plugin; "
        "print(sorted(name for name in sys.modules if name.startswith('belljar.mocks.')))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", code]
    answer = subprocess.check_output(run, env=environment, text=True, timeout=60)
    assert answer.strip() == "['belljar.mocks.registry', 'belljar.mocks.registry.plugin']"
