"""The menus of belljar.mocks and its packages are complete and sorted."""

from __future__ import annotations

from importlib import import_module

import pytest

from belljar.mocks import errors

PACKAGES = ("belljar.mocks", "belljar.mocks.http", "belljar.mocks.payments")


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_sorted_and_every_name_is_there(package: str) -> None:
    module = import_module(package)
    names = module.__all__
    assert names == sorted(names, key=lambda name: (name.islower(), name))
    for name in names:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = module.nonsense


def test_every_error_is_on_it_and_has_one_root() -> None:
    for name in errors.__all__:
        assert name in import_module("belljar.mocks").__all__
        assert issubclass(getattr(errors, name), errors.MockError)
