"""What the settings are in one run of pytest: read once, when first needed, and pydantic with them.

`settings_of(config)` gives them; `mentioned(config, key)` says, without pydantic, whether any layer speaks of a key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from belljar.config.asked import Asked
from belljar.config.errors import BadSettings, Mistake
from belljar.config.profiles import raw_profiles
from belljar.config.session_names import BAD_OUTPUT
from belljar.config.variables import OTHER_NAMES, said_texts

if TYPE_CHECKING:
    from pydantic import BaseModel

    from belljar.config.loading import Loaded

__all__ = ["BAD", "asked_of", "chosen", "mentioned", "note", "server_of", "settings_of"]

ASKED = pytest.StashKey[Asked]()
LOADED = pytest.StashKey["dict[Any, Loaded[Any]]"]()
BAD = pytest.StashKey[str]()
"""What is wrong with the settings, for the end of the run."""
INI = ("belljar_profile", "belljar_config_dir", "belljar_secrets_dir")


def asked_of(config: pytest.Config) -> Asked:
    """Give what settings this run asks for."""
    if ASKED not in config.stash:
        config.stash[ASKED] = Asked.of(
            root=config.rootpath,
            profile=config.getoption("belljar_profile", default=None),
            profile_from="--profile",
            ini={name: str(config.getini(name) or "") for name in INI},
            options=config.getoption("belljar_setting", default=None) or (),
        )
    return config.stash[ASKED]


def settings_of(config: pytest.Config, kind: type[BaseModel] | None = None) -> Loaded[Any]:
    """Give the run's settings, of a class or of that which `belljar_settings` names.

    Raises `BadSettings`, and lets the run end as after a usage error.
    """
    loaded = config.stash.setdefault(LOADED, {})
    if kind not in loaded:
        from belljar.config.loading import explained
        from belljar.config.model import TestSettings
        from belljar.config.naming import settings_class

        named = str(config.getini("belljar_settings") or "") if kind is None else ""
        try:
            chosen = settings_class(named, "belljar_settings") if named else kind or TestSettings
            loaded[kind] = explained(chosen, asked_of(config))
        except BadSettings as error:
            note(config, str(error))
            raise
    return loaded[kind]


def note(config: pytest.Config, text: str) -> None:
    """Let the run end with what is wrong, and the exit code of a usage error."""
    config.stash[BAD] = text
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[BAD_OUTPUT] = text


def mentioned(config: pytest.Config, key: str) -> bool:
    """Whether any layer but `BELLJAR_POSTGRES_URL` and its like speaks of a key, or is too broken to tell."""
    asked = asked_of(config)
    section, _, name = key.partition(".")
    mistakes: list[Mistake] = []
    found = False
    for _, values, _ in raw_profiles(asked, mistakes):
        table = values.get(section)
        found |= isinstance(table, dict) and name in table
    for said in said_texts(asked, mistakes):
        keys = tuple(each.casefold() for each in said.keys)
        other = said.origin.place.partition(" ")[0] in OTHER_NAMES
        found |= not other and keys in ((section, name), (section,))
    there = asked.folder is not None and asked.folder.is_dir()
    return found or bool(mistakes and (there or asked.options))


def chosen(config: pytest.Config, key: str, default: Any) -> Any:
    """Give a setting that Belljar itself reads; the default if nobody speaks of it, for nothing."""
    if not config.pluginmanager.has_plugin("belljar.config.plugin") or not mentioned(config, key):
        return default
    found: Any = settings_of(config).settings
    for part in key.split("."):
        found = getattr(found, part, None)
        if found is None:
            return default
    return found


def server_of(config: pytest.Config, variable: str) -> tuple[str, str] | None:
    """Give the URL of an existing server and where it was said, if a setting names one."""
    key = OTHER_NAMES[variable].lower().replace("__", ".")
    found = chosen(config, key, None)
    if found is None or not found.get_secret_value():
        return None
    return found.get_secret_value(), f"{key} ({settings_of(config).origins[key]})"
