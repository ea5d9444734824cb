"""The registry of mocks: one model behind the fixture in a unit test and the service in a graph.

    from belljar.mocks.registry import Entry, Scenario, register

    register(
        Entry(
            "rates",
            mock=Rates,                     # a belljar.mocks.Mock; or document="rates.yaml"
            scenarios={"stale": Scenario("rates of last week", state=lambda rates: rates.age(7))},
            fallback=Fallback.default({"usd": 1.0}),
        )
    )

`payments`, `storage` and `email` are in it. In a test `mocked("rates")` is an entry's mock (see
belljar.mocks.registry.plugin). `contract_tests("rates")` are the tests that its model and its server do the same,
`fallback_tests` those that code does what it should when the dependency fails.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.mocks.registry.checking import check_fallback, fallback_tests
    from belljar.mocks.registry.comparing import differences
    from belljar.mocks.registry.contract import contract_tests
    from belljar.mocks.registry.errors import (
        BadEntry,
        FallbackBroken,
        NameTaken,
        RegistryError,
        UnknownEntry,
        UnknownScenario,
    )
    from belljar.mocks.registry.fallback import Fallback
    from belljar.mocks.registry.mock_entry import Entry, Scenario
    from belljar.mocks.registry.recording import Record
    from belljar.mocks.registry.registered import entries, entry, register

__all__ = [
    "BadEntry",
    "Entry",
    "Fallback",
    "FallbackBroken",
    "NameTaken",
    "Record",
    "RegistryError",
    "Scenario",
    "UnknownEntry",
    "UnknownScenario",
    "check_fallback",
    "contract_tests",
    "differences",
    "entries",
    "entry",
    "fallback_tests",
    "register",
]

_HOMES = {
    "Entry": "mock_entry",
    "Fallback": "fallback",
    "Record": "recording",
    "Scenario": "mock_entry",
    "check_fallback": "checking",
    "contract_tests": "contract",
    "differences": "comparing",
    "entries": "registered",
    "entry": "registered",
    "fallback_tests": "checking",
    "register": "registered",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
