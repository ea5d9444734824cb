"""The package's menu is complete, and the guide has all options, fixtures and layers."""

from __future__ import annotations

from pathlib import Path

import pytest

import belljar.config
from belljar.config import errors
from belljar.config.origin import LAYERS


def guide() -> str:
    for folder in Path(__file__).parents:
        path = folder / "docs" / "configuration.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    pytest.fail("docs/configuration.md is not among the target's files")


def test_all_is_sorted_and_every_name_is_there() -> None:
    names = belljar.config.__all__
    assert names == sorted(names)
    for name in names:
        assert getattr(belljar.config, name).__name__ == name


def test_every_error_is_on_it_and_has_one_root() -> None:
    for name in ("BadSettings", "ConfigError", "Mistake"):
        assert name in errors.__all__
        assert name in belljar.config.__all__
    assert issubclass(errors.BadSettings, errors.ConfigError)


def test_another_name_is_an_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = belljar.config.nonsense


@pytest.mark.parametrize(
    "name",
    [
        "test_settings",
        "--profile",
        "--setting",
        "belljar_settings",
        "belljar_profile",
        "belljar_config_dir",
        "belljar_secrets_dir",
        "database.url",
        "database.pool_size",
        "cache.url",
        "env_inherit",
        *(layer for layer in LAYERS if layer not in ("default", "secrets")),
    ],
)
def test_the_guide_has_it(name: str) -> None:
    assert name in guide()
