"""The package's menu is complete."""

from __future__ import annotations

import belljar.processes
from belljar.processes import errors, readiness


def test_all_is_sorted_and_lists_every_public_name() -> None:
    public = {
        name
        for name, value in vars(belljar.processes).items()
        if getattr(value, "__module__", "").startswith("belljar.processes") or name.isupper()
    }
    assert set(belljar.processes.__all__) == public
    names = belljar.processes.__all__
    assert names == sorted(names, key=lambda name: (not name.isupper(), name))


def test_every_error_and_strategy_is_on_it() -> None:
    assert set(errors.__all__) <= set(belljar.processes.__all__)
    assert set(readiness.__all__) - {"Watched"} <= set(belljar.processes.__all__)


def test_every_error_has_one_root() -> None:
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.ProcessError)
