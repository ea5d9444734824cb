"""`Admitting`: which fixtures a test may use, by its layer.

A plugin or conftest.py declares it of its own fixtures in one line, and a team of any other's in its ini file:

    BELLJAR_LAYERS = {"warehouse": "integration e2e perf"}

    [pytest]
    belljar_fixture_layers =
        warehouse: integration e2e perf
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import pytest

from belljar.plugin.errors import BadLayerSetting
from belljar.plugin.layers import LAYERS, one_of
from belljar.plugin.moving import how_to_move, place_of
from belljar.plugin.selecting import LAYER

__all__ = ["Admitting"]

INI = "belljar_fixture_layers"
ATTRIBUTE = "BELLJAR_LAYERS"
_Fixture = pytest.FixtureDef[Any]


class Admitting:
    """What is declared in a run, and the refusals that come of it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        # By name, and by the module that has the fixture: a team's own of the same name is not meant.
        self._declared: dict[str, dict[str, tuple[str, ...]]] = {}
        self._collecting = False
        for line in config.getini(INI):
            name, _, layers = line.partition(":")
            self._declare(
                name.strip(), "", layers.strip(), f"{INI} in {config.inipath or 'the ini file'}"
            )

    def pytest_plugin_registered(self, plugin: object) -> None:
        """Takes what a plugin declares; those that were there before are told of as well."""
        declared = vars(plugin).get(ATTRIBUTE) if isinstance(plugin, ModuleType) else None
        if declared is None:
            return
        module = str(getattr(plugin, "__name__", ""))
        where = f"{ATTRIBUTE} in {getattr(plugin, '__file__', None) or module}"
        try:
            if not isinstance(declared, Mapping):
                raise BadLayerSetting(
                    f"{where} is {declared!r}, and no dictionary; write it as "
                    f'{ATTRIBUTE} = {{"FIXTURE": "integration e2e"}}'
                )
            for name, layers in declared.items():
                self._declare(name, module, layers, where)
        except BadLayerSetting as error:
            # A conftest.py that is found while tests are collected is a collector's.
            refuse = pytest.Collector.CollectError if self._collecting else pytest.UsageError
            raise refuse(str(error)) from None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """From now on a mistake is of what is collected."""
        self._collecting = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Refuses what the test asks for by name, itself or by way of others, before anything is made."""
        asked = [name for name in getattr(item, "fixturenames", ()) if name in self._declared]
        # The one that the test knows comes before what that is made of.
        for name in sorted(asked, key=lambda name: len(_way(item, name))):
            for definition in _in_use(item, name):
                self._admit(item, definition)

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> None:
        """Refuses what is asked for while the test runs: `request.getfixturevalue`."""
        if fixturedef.argname in self._declared:
            self._admit(request._pyfuncitem, fixturedef, self._asked(request))

    def _declare(self, name: str, module: str, layers: object, where: str) -> None:
        words = tuple(layers.split()) if isinstance(layers, str) else ()
        if not isinstance(name, str) or not name or not words or not set(words) <= LAYERS.keys():
            raise BadLayerSetting(
                f"{where}: {name!r}: {layers!r} does not say where the fixture may be used; name "
                f"one or more of {one_of()}, with spaces between them"
            )
        self._declared.setdefault(name, {})[module] = words

    def _asked(self, request: Any) -> str:
        """Gives the name that the test knows: `services`, and not what that is made of."""
        asked = ""
        while request is not None and (name := request.fixturename) is not None:
            asked = name if name in self._declared else asked
            request = getattr(request, "_parent_request", None)
        return asked

    def _admit(self, item: pytest.Item, definition: _Fixture, asked: str = "") -> None:
        by_module = self._declared.get(definition.argname, {})
        layers = by_module.get(definition.func.__module__, by_module.get(""))
        layer = item.stash.get(LAYER, "")
        if not layers or not layer or layer in layers:
            return
        name = asked or definition.argname
        way = " -> ".join(_way(item, name))
        pytest.fail(
            f"{place_of(item)} is in the layer {layer}, and the fixture {name} is not for it: it is for "
            f"{one_of(layers)}{f' (asked for by way of {way})' if way else ''}\n{how_to_move(item, layers)}",
            pytrace=False,
        )


def _definitions(item: pytest.Item) -> Mapping[str, Sequence[_Fixture]]:
    info = getattr(item, "_fixtureinfo", None)  # there is no other way to what a test will use
    return getattr(info, "name2fixturedefs", {})


def _in_use(item: pytest.Item, name: str) -> Iterator[_Fixture]:
    """Gives the definition that wins, and those it builds on."""
    for definition in reversed(_definitions(item).get(name, ())):
        yield definition
        if name not in definition.argnames:
            return


def _way(item: pytest.Item, name: str) -> list[str]:
    """Gives the fixtures by way of which the test asks for this one."""
    definitions = _definitions(item)
    function = getattr(item, "obj", None)
    code = getattr(function, "__code__", None)
    asked = code.co_varnames[: code.co_argcount] if code else ()
    ways = [[each] for each in asked if each in definitions]
    seen: set[str] = set()
    for way in ways:  # it grows: the shortest come first
        if way[-1] == name:
            return way[:-1]
        if way[-1] in seen:
            continue
        seen.add(way[-1])
        for definition in definitions.get(way[-1], ()):
            ways += [[*way, each] for each in definition.argnames if each in definitions]
    return []
