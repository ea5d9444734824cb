"""The pytest plugin: layers as markers and options, and the fixture groups that are at hand.

Load it with `-p belljar.plugin`. A fixture group is a plugin module of its own, taken when its library
is there, and left out with `-p no:NAME`.
"""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest

from belljar.plugin.layers import LAYERS, layer_of

__all__ = ["LAYERS", "layer_of"]

_GROUPS = (
    "belljar.fence.plugin",
    "belljar.databases.plugin",
    "belljar.databases.isolation.plugin",
    "belljar.databases.restoring",
    "belljar.databases.sqlite_plugin",
    "belljar.faults.plugin",
    "belljar.mocks.plugin",
    "belljar.mocks.email.plugin",
    "belljar.mocks.openapi.plugin",
    "belljar.mocks.storage.plugin",
    "belljar.services.plugin",
)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    group = parser.getgroup("belljar", "layers of the suite")
    for layer in LAYERS:
        group.addoption(
            f"--run-{layer}",
            action="store_true",
            help=f"run the {layer} tests; may be given with others of its kind",
        )
    # Now, and not later: they have options, too.
    for name in _GROUPS:
        known = pluginmanager.has_plugin(name) or pluginmanager.is_blocked(name)
        if not known and _there(name):
            pluginmanager.import_plugin(name)


def pytest_configure(config: pytest.Config) -> None:
    for layer, meaning in LAYERS.items():
        config.addinivalue_line("markers", f"{layer}: {meaning}")


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = {layer for layer in LAYERS if config.getoption(f"--run-{layer}")}
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        layer = layer_of(item)
        if layer and not any(mark.name == layer for mark in item.iter_markers()):
            item.add_marker(layer)
        # A run that names no layer leaves perf out: it wants the machine to itself.
        wanted = (
            layer in asked
            if asked
            else layer != "perf" or bool(config.option.markexpr) or _is_perf_target()
        )
        (kept if wanted else left).append(item)
    if left:
        items[:] = kept
        config.hook.pytest_deselected(items=left)


def _is_perf_target() -> bool:
    return os.environ.get("BELLJAR_LAYER") == "perf"
