"""`validated`: the settings that the values come to, or every mistake in words of ours, without values of secrets."""

from __future__ import annotations

import traceback
import types
from collections.abc import Mapping
from functools import lru_cache
from itertools import takewhile
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings

from belljar.config.asked import Asked
from belljar.config.errors import Mistake
from belljar.config.mending import mended
from belljar.config.model import TestSettings
from belljar.config.origin import Entry, dotted
from belljar.config.origin import Path as Keys
from belljar.config.secret_urls import veiled
from belljar.config.secret_values import Secrets, places_of
from belljar.config.shape import Shape

__all__ = ["validated"]

M = TypeVar("M", bound=BaseModel)
_OURS: Any = TestSettings.settings_customise_sources.__func__  # type: ignore[attr-defined]


def validated(
    kind: type[M],
    values: dict[str, object],
    entries: Mapping[Keys, Entry],
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
        groups: dict[Keys, list[Any]] = {}
        for each in error.errors(include_url=False, include_input=False):
            path = _key_of(each["loc"], shape)
            if any(path[: len(failed)] == failed for failed in secrets.failed):
                continue  # told already
            if each["type"] == "missing" and before:
                # The file that has it may be one that could not be read.
                continue
            groups.setdefault(path, []).append(each)
        mistakes.extend(
            _mistake(kind, path, found, entries, secrets, asked, shape)
            for path, found in groups.items()
        )
        return None
    except Exception as error:  # a team's class may raise what it likes
        if not before or not mistakes:
            mistakes.append(_raised(kind, error, secrets))
        return None


def _raised(kind: type[Any], error: Exception, secrets: Secrets) -> Mistake:
    last = traceback.extract_tb(error.__traceback__)[-1]
    said = str(error).partition("\n\nFor further")[0]
    if _tells(said, secrets):
        said = "what it says has the secret in it"
    where = f"{Path(last.filename).name}:{last.lineno}, in {last.name}"
    return Mistake(
        kind.__name__,
        f"it raises {type(error).__name__}: {said} ({where})",
        fix="mend the class; a validator that refuses a value raises ValueError, and is told with its setting",
    )


def _tells(text: str, secrets: Secrets) -> bool:
    return any(value and value in text for value in secrets.values)


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


def _key_of(location: tuple[int | str, ...], shape: Shape) -> Keys:
    """Give the key that pydantic means, without its names for the members of unions."""
    path: Keys = ()
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


def _shape_of(path: Keys, shape: Shape) -> Shape:
    """Give what is expected at these keys."""
    for key in path:
        shape = shape.fields.get(key) or shape.each or shape.item or Shape(object)
    return shape


def _mistake(
    kind: type[Any],
    path: Keys,
    found: list[Any],
    entries: Mapping[Keys, Entry],
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
        # A list is said as a whole, as JSON.
        whole = dotted(tuple(takewhile(lambda each: not each.isdigit(), path)))
        folder = f"{asked.config_dir}/{asked.profile}.toml" if asked.config_dir else ".env"
        return Mistake(
            key,
            "has no value, and no default",
            fix=f"set it in {folder}, by {asked.variable(whole)}, or with --setting {whole}=...",
        )
    entry = next(
        (entries[path[:length]] for length in range(len(path), 0, -1) if path[:length] in entries),
        None,
    )
    said = " or ".join(dict.fromkeys(_words(each, secrets) for each in found))
    if entry is not None:
        secret = here.holds_secret or entry.shape.holds_secret
        value = "" if secret else f" is {_shown(_at(entry, path))}"
        quoted = entry.origin.layer == "profile" and isinstance(entry.value, str)
        fix = mended(here, found[0]["type"], quoted=quoted)
        return Mistake(entry.origin.place, f"{key}{value}: {said}", fix=fix)
    below = [each for each in entries.values() if each.path[: len(path)] == path]
    origins = ", ".join(f"{each.key} from {each.origin}" for each in below[:5])
    if not below and path:
        value = "" if here.holds_secret else f" is {_shown(here.default())}"
        fix = f"mend the default in {kind.__name__}, or set {key}"
        return Mistake(f"default of {kind.__name__}", f"{key}{value}: {said}", fix=fix)
    fix = "change one of them" if len(below) > 1 else "change it there"
    return Mistake(key or kind.__name__, f"{said} ({origins})" if origins else said, fix=fix)


def _words(error: Any, secrets: Secrets) -> str:
    text = (
        str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ").strip()
    )
    if text in ("", "Value error,", "Assertion failed,"):
        return "is not what its validator expects (which says no more)"
    # The words may be a team's own, and have the value in them.
    if _tells(text, secrets):
        return "is not what its validator expects (which says why with the secret in it)"
    if error["type"] == "extra_forbidden":
        return "is no setting"
    # Names in capitals stay so.
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _at(entry: Entry, path: Keys) -> object:
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
