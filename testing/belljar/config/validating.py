"""`validated`: the settings that the values come to, or every mistake in words of ours, without values of secrets."""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings

from belljar.config.asked import Asked
from belljar.config.errors import Mistake
from belljar.config.model import TestSettings
from belljar.config.origin import Entry, Path, dotted
from belljar.config.secret_urls import veiled
from belljar.config.secret_values import Secrets, places_of
from belljar.config.shape import Shape

__all__ = ["validated"]

M = TypeVar("M", bound=BaseModel)
_OURS: Any = TestSettings.settings_customise_sources.__func__  # type: ignore[attr-defined]


def validated(
    kind: type[M],
    values: dict[str, object],
    entries: Mapping[Path, Entry],
    secrets: Secrets,
    asked: Asked,
    shape: Shape,
    mistakes: list[Mistake],
) -> M | None:
    """Give the settings; None if there are mistakes, which are put to the others."""
    before = bool(mistakes)
    try:
        return cast(M, _without_sources(kind).model_validate(values))
    except ValidationError as error:
        groups: dict[Path, list[Any]] = {}
        for each in error.errors(include_url=False, include_input=False):
            path = _key_of(each["loc"], shape)
            if any(path[: len(failed)] == failed for failed in secrets.failed):
                continue  # told already
            if each["type"] == "missing" and before:
                # The file that has it may be one that could not be read.
                continue
            groups.setdefault(path, []).append(each)
        mistakes.extend(
            _mistake(path, found, entries, secrets, asked, shape) for path, found in groups.items()
        )
        return None


@lru_cache(maxsize=64)
def _without_sources(kind: type[Any]) -> type[Any]:
    """Give the class without sources of its own: what it is told is all that there is."""
    own = getattr(getattr(kind, "settings_customise_sources", None), "__func__", None)
    if not issubclass(kind, BaseSettings) or own is _OURS:
        return kind
    body = {
        "settings_customise_sources": classmethod(_OURS),
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    made: type[Any] = types.new_class(kind.__name__, (kind,), {}, lambda space: space.update(body))
    return made


def _key_of(location: tuple[int | str, ...], shape: Shape) -> Path:
    """Give the key that pydantic means, without its names for the members of unions."""
    path: Path = ()
    here: Shape | None = shape
    for step in location:
        if here is None:
            break
        key = str(step)
        if isinstance(step, int) and here.item is not None:
            here = here.item
        elif key in here.fields:
            here = here.fields[key]
        elif here.each is not None:
            here = here.each
        else:
            continue
        path = (*path, key)
    return path


def _shape_of(path: Path, shape: Shape) -> Shape:
    for key in path:
        shape = shape.fields.get(key) or shape.each or shape.item or Shape(object)
    return shape


def _mistake(
    path: Path,
    found: list[Any],
    entries: Mapping[Path, Entry],
    secrets: Secrets,
    asked: Asked,
    shape: Shape,
) -> Mistake:
    key = dotted(path)
    here = _shape_of(path, shape)
    if found[0]["type"] == "missing":
        if here.holds_secret and not here.section:
            return Mistake(
                key,
                "the secret is missing",
                fix=f"give one of: {'; '.join(places_of(path, asked))}",
            )
        folder = f"{asked.config_dir}/{asked.profile}.toml" if asked.config_dir else ".env"
        return Mistake(
            key,
            "has no value, and no default",
            fix=f"set it in {folder}, by {asked.variable(key)}, or with --setting {key}=...",
        )
    entry = next(
        (entries[path[:length]] for length in range(len(path), 0, -1) if path[:length] in entries),
        None,
    )
    said = " or ".join(dict.fromkeys(_words(each, secrets) for each in found))
    if entry is not None:
        secret = here.holds_secret or entry.shape.holds_secret
        value = "" if secret else f" is {_shown(_at(entry, path))}"
        return Mistake(entry.origin.place, f"{key}{value}: {said}", fix="")
    below = [each for each in entries.values() if each.path[: len(path)] == path]
    origins = ", ".join(f"{each.key} from {each.origin}" for each in below[:5])
    return Mistake(
        key, f"{said}{f' ({origins})' if origins else ''}" if key else f"{said} ({origins})"
    )


def _words(error: Any, secrets: Secrets) -> str:
    text = str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    # The words are a team's own, and may have the value in them.
    if error["type"] in ("value_error", "assertion_error") and any(
        value and value in text for value in secrets.values
    ):
        return "is not what its validator expects (which says why with the secret in it)"
    if error["type"] == "extra_forbidden":
        return "is no setting"
    return text[:1].lower() + text[1:]


def _at(entry: Entry, path: Path) -> object:
    value = entry.value
    for key in path[len(entry.path) :]:
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, Mapping) and key in value:
            value = value[key]
        else:
            break
    return value


def _shown(value: object) -> str:
    text = repr(veiled(value) if isinstance(value, str) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
