"""The pytest plugin: layers as markers and options, and the fixture groups that are at hand.

Load it with `-p belljar.plugin`. A fixture group is a plugin module of its own, taken when its library
is there, and left out with `-p no:NAME` or the ini option `belljar_without`. With
`belljar_strict_layers` every test has to be in one layer, and may use what is for that layer.
"""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec

import pytest

from belljar.plugin.errors import BadGroupSetting, BadLayerSetting, told
from belljar.plugin.layers import INI, LAYERS, layer_of, layering_of
from belljar.plugin.selecting import DOCKER, LAYER, Selecting, add_run_options, refuse_misspelt
from belljar.plugin.strict import INI as STRICT
from belljar.plugin.strict import Strict
from belljar.plugin.yielding import give_way, options_named, others_than_ours

__all__ = ["LAYERS", "layer_of"]

_GROUPS = (
    "belljar.fence.plugin",
    "belljar.config.plugin",
    "belljar.data.plugin",
    "belljar.data.scenarios.plugin",
    "belljar.databases.plugin",
    "belljar.databases.isolation.plugin",
    "belljar.databases.restoring",
    "belljar.databases.sqlite_plugin",
    "belljar.doubles.plugin",
    "belljar.faults.plugin",
    "belljar.mocks.plugin",
    "belljar.mocks.email.plugin",
    "belljar.mocks.openapi.plugin",
    "belljar.mocks.registry.plugin",
    "belljar.mocks.storage.plugin",
    "belljar.redaction.plugin",
    "belljar.services.plugin",
    "belljar.sweep.plugin",
)


# Options that somebody else has already.
_TAKEN = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Adds the options, and loads the groups: now, and not later, for they have options, too."""
    parser.addini(INI, "folders that are layers: lines of FOLDER: LAYER", "linelist")
    parser.addini(STRICT, "every test is in one layer, and keeps to it", "bool", default=False)
    parser.addini("belljar_fixture_layers", "lines of FIXTURE: LAYER LAYER ...", "linelist")
    parser.addini("belljar_without", "groups of fixtures that are left out", "args")
    config = pluginmanager.get_plugin("pytestconfig")
    with told():
        without = _left_out(config.getini("belljar_without") if config else [])
    for name in _GROUPS:
        known = pluginmanager.has_plugin(name) or pluginmanager.is_blocked(name)
        if not known and name not in without and _there(name):
            with told(), options_named():
                pluginmanager.import_plugin(name)
    give_way(pluginmanager)
    if config and any(name.endswith("conftest.py") for name, _ in pluginmanager.list_name_plugin()):
        # It is a conftest.py that loads us: the next hook has been called already.
        config.stash[_TAKEN] = add_run_options(parser)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser
) -> Generator[None, object, object]:
    """Adds the options of layers last, for a conftest.py may have one of that name, and would fail."""
    with told(), options_named():
        result = yield
    early_config.stash[_TAKEN] = add_run_options(parser)
    with told():
        refuse_misspelt(early_config, parser)
    return result


def pytest_configure(config: pytest.Config) -> None:
    """Makes the markers known, and loads what strict mode needs."""
    for layer, meaning in LAYERS.items():
        config.addinivalue_line("markers", f"{layer}: {meaning}")
    config.addinivalue_line("markers", f"{DOCKER}: needs containers; left out unless asked for")
    with told():
        layering_of(config)
    config.pluginmanager.register(Selecting(config), "belljar-selecting")
    if _strict(config):
        from belljar.plugin.admitting import Admitting
        from belljar.plugin.network import Network

        with told():
            config.pluginmanager.register(Admitting(config), "belljar-admitting")
        network = Network()
        network.install()
        config.pluginmanager.register(network, "belljar-network")
        config.pluginmanager.register(Strict(), "belljar-strict")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Says what is another's, where we would have had something of that name."""
    names = [*config.stash.get(_TAKEN, [])]
    names += [
        f"the fixture {name} ({plugin})"
        for name, plugin in others_than_ours(config.pluginmanager).items()
    ]
    return [f"belljar: steps back, for others have {', '.join(names)}"] if names else []


# Not first: what a conftest.py marks is a layer, too.
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks each test with its layer, before `-m` looks."""
    layering = layering_of(config)
    for item in items:
        item.stash[LAYER] = layering.mark(item)
    strict: Strict | None = config.pluginmanager.get_plugin("belljar-strict")
    if strict is not None:
        with told():
            strict.judge(config, items)


def _strict(config: pytest.Config) -> bool:
    with told():
        try:
            return bool(config.getini(STRICT))
        except (ValueError, pytest.UsageError) as error:
            where = config.inipath or "the ini file"
            raise BadLayerSetting(f"{STRICT} in {where}: {error}; write true or false") from None


def _left_out(names: list[str]) -> set[str]:
    """Gives the modules of groups by their names, those of their parts included."""
    short = {module: _short(module) for module in _GROUPS}
    for name in names:
        if name not in short.values():
            raise BadGroupSetting(
                f"belljar_without: {name!r} is no group of fixtures; name one or more of these, with spaces "
                f"between them: {', '.join(short.values())}"
            )
    return {
        module
        for module, own in short.items()
        if any(own == name or own.startswith(f"{name}.") for name in names)
    }


def _short(module: str) -> str:
    return module.removeprefix("belljar.").removesuffix(".plugin").removesuffix("_plugin")


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
