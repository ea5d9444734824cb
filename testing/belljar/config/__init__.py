"""Typed settings of tests, in layers: defaults, a profile, the target, `.env`, the environment, the command line.

    from belljar.config import Section, TestSettings, load

    class OrdersTestSettings(TestSettings):
        payments: Payments

    settings = load(OrdersTestSettings)
    settings.origins["database.pool_size"].place      # testing/config/ci.toml:4:1

Tests have them as the fixture `test_settings` (`belljar.config.plugin`). Names are imported when first used, for
pydantic takes a while.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.config.errors import BadSettings, ConfigError, Mistake
    from belljar.config.loading import Loaded, Overridden, explain, load
    from belljar.config.model import CacheSettings, DatabaseSettings, Section, TestSettings
    from belljar.config.origin import Origin

__all__ = [
    "BadSettings",
    "CacheSettings",
    "ConfigError",
    "DatabaseSettings",
    "Loaded",
    "Mistake",
    "Origin",
    "Overridden",
    "Section",
    "TestSettings",
    "explain",
    "load",
]

_HOMES = {
    "CacheSettings": "model",
    "DatabaseSettings": "model",
    "Loaded": "loading",
    "Origin": "origin",
    "Overridden": "loading",
    "Section": "model",
    "TestSettings": "model",
    "explain": "loading",
    "load": "loading",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
