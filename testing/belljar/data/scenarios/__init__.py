"""Scenarios: named states of a database, in CSV, JSON or code, loaded whole or not at all.

    from belljar.data.scenarios import load

    load("small", into="postgresql://...")         # scenarios/small/customers.csv, orders.json, ...
    load(Path("testing/data/large.json"), into=engine)

Names are imported when first used: a plugin is in this package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.data.scenarios.errors import BadScenario, Mistake
    from belljar.data.scenarios.finding import Scenarios
    from belljar.data.scenarios.loaded import Loaded
    from belljar.data.scenarios.loading import check, load
    from belljar.data.scenarios.targets import BadTarget

__all__ = ["BadScenario", "BadTarget", "Loaded", "Mistake", "Scenarios", "check", "load"]

_HOMES = {
    "BadScenario": "errors",
    "BadTarget": "targets",
    "Loaded": "loaded",
    "Mistake": "errors",
    "Scenarios": "finding",
    "check": "loading",
    "load": "loading",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
