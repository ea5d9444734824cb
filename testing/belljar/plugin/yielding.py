"""What belljar does where another plugin is there already: its fixtures and options of the same name stay its own.

A conftest.py wins by pytest's own rule, and so does a plugin that is loaded later. One that was there first would
lose to us: its fixtures are registered once more, after ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest

from belljar.plugin.errors import OptionTaken

__all__ = ["give_way", "options_named", "others_than_ours"]

_KIND = type(pytest.fixture(lambda: None))
_OURS = "belljar."
# The groups that have options of their own; pytest takes no option twice.
_OPTIONS = {
    "--data-seed": "data",
    "--faults": "faults",
    "--isolation": "databases.isolation",
    "--keep-database": "databases.isolation",
    "--no-keep-database": "databases.isolation",
    "--sweep": "sweep",
}


def give_way(manager: pytest.PytestPluginManager) -> None:
    """Lets the fixtures of plugins that are there already win over ours of the same name."""
    ours = our_fixtures(manager)
    theirs = {
        name: made
        for _, plugin in _others(manager)
        for name, made in fixtures(plugin).items()
        if name in ours
    }
    if theirs:
        holder = ModuleType("belljar.plugin.given_way")
        for name, made in theirs.items():
            setattr(holder, name, made)
        manager.register(holder, holder.__name__)


@contextmanager
def options_named() -> Iterator[None]:
    """Tells which group to leave out, where another plugin or a conftest.py has an option of ours as well."""
    try:
        yield
    except ValueError as error:
        words = re.findall(r"--[\w-]+", str(error))
        found = [
            (word, group)
            for word in words
            for option, group in _OPTIONS.items()
            if word == option or word.startswith(f"{option}-")
        ]
        if not found:
            raise
        option, group = found[0]
        raise OptionTaken(
            f"the option {option} is of belljar's group {group}, and another plugin or a conftest.py has "
            f"it, too; give that another name, or leave the group out: belljar_without = {group} in the "
            "ini file"
        ) from None


def others_than_ours(manager: pytest.PytestPluginManager) -> dict[str, str]:
    """Gives whose each fixture is that we would have, and another plugin has."""
    ours = our_fixtures(manager)
    return {
        name: plugin_name
        for plugin_name, plugin in _others(manager)
        for name in fixtures(plugin)
        if name in ours
    }


def our_fixtures(manager: pytest.PytestPluginManager) -> set[str]:
    """Gives the names of all fixtures of the groups that are there."""
    return {
        name
        for plugin_name, plugin in manager.list_name_plugin()
        if plugin is not None and plugin_name.startswith(_OURS)
        for name in fixtures(plugin)
    }


def fixtures(plugin: object) -> dict[str, object]:
    """Gives a plugin's fixtures by name."""
    # Not dir() and getattr(): properties of a plugin may do something.
    owners = [plugin] if isinstance(plugin, ModuleType) else type(plugin).__mro__
    return {
        str(getattr(value, "name", None) or attribute): getattr(plugin, attribute)
        for owner in owners
        for attribute, value in list(vars(owner).items())
        if isinstance(value, _KIND)
    }


def _others(manager: pytest.PytestPluginManager) -> Iterator[tuple[str, object]]:
    for name, plugin in manager.list_name_plugin():
        module = getattr(plugin, "__name__", None) or type(plugin).__module__
        ours = name.startswith(_OURS) or module.startswith(("_pytest.", _OURS, "xdist."))
        if plugin is not None and not ours and not name.endswith("conftest.py"):
            yield name, plugin
