"""`profile_entries`: the layer of a profile, `testing/config/ci.toml`, and of those that it extends."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from belljar.config.asked import Asked
from belljar.config.errors import Mistake, nearest
from belljar.config.files import read_text, shown
from belljar.config.origin import Entry, Origin
from belljar.config.origin import Path as Keys
from belljar.config.toml_places import key_places

if TYPE_CHECKING:
    from belljar.config.placing import Placing

__all__ = ["is_name", "profile_entries", "profiles", "raw_profiles"]

EXTENDS = "extends"
SERVICES = "services"
_KEYS = re.compile(r"\('[^()]*\)")
_NAME = re.compile(r"\w[\w. -]{0,99}")
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def profiles(asked: Asked) -> list[str]:
    """Give the names of the profiles that there are."""
    folder = asked.folder
    if folder is None or not folder.is_dir():
        return []
    # Listed, for a file system may take `CI` for `ci`, and a machine beside it may not.
    return sorted(path.stem for path in folder.iterdir() if path.suffix == ".toml" and path.stem)


def profile_entries(asked: Asked, placing: Placing) -> Iterator[Entry]:
    """Give the entries of the profile and of what it extends, lowest first."""
    found = raw_profiles(asked, placing.mistakes)
    if SERVICES not in placing.shape.fields:
        for file, values, places in found:
            place = _at(shown(file, asked.root), places.get((SERVICES,)))
            placing.pass_by(_services(values.pop(SERVICES, []), place, placing.mistakes))
    for file, values, places in found:
        name = shown(file, asked.root)

        def origin(path: Keys, name: str = name, places: Any = places) -> Origin:
            while path and path not in places:
                path = path[:-1]
            line, column = places.get(path, (0, 0))
            return Origin("profile", f"{name}:{line}:{column}" if line else name)

        yield from placing.typed(values, origin)


def _services(named: object, place: str, mistakes: list[Mistake]) -> list[str]:
    """Give the sections that are one service's: the settings classes of others pass them by."""
    if isinstance(named, list) and all(isinstance(each, str) and each for each in named):
        return named
    mistakes.append(
        Mistake(place, "services is no list of names", fix='write services = ["orders"]')
    )
    return []


def raw_profiles(
    asked: Asked, mistakes: list[Mistake]
) -> list[tuple[Path, dict[str, Any], dict[Keys, tuple[int, int]]]]:
    """Give file, values and places of keys of the profile and of what it extends, lowest first."""
    folder = asked.folder
    if folder is None:
        return []
    there = profiles(asked)
    if asked.profile not in there:
        if asked.explicit:
            mistakes.append(_unknown(asked.profile, asked.profile_from, there, asked))
        return []
    found: list[Any] = []
    chain: list[str] = []
    name: str | None = asked.profile
    while name is not None:
        chain.append(name)
        file = folder / f"{name}.toml"
        read = _read(file, asked.root)
        if isinstance(read, Mistake):
            mistakes.append(read)
            break
        values, places = read
        place = _at(shown(file, asked.root), places.get((EXTENDS,)))
        name = values.pop(EXTENDS, None)
        found.insert(0, (file, values, places))
        if name is None:
            break
        if not isinstance(name, str):
            mistakes.append(
                Mistake(place, "extends is no text", choices=there, fix='write extends = "local"')
            )
            break
        if name in chain:
            circle = " -> ".join([*chain, name])
            mistakes.append(Mistake(place, f"the profiles extend each other: {circle}"))
            break
        if name not in there:
            mistakes.append(_unknown(name, place, there, asked))
            break
    return found


def _read(file: Path, root: Path) -> Mistake | tuple[dict[str, Any], dict[Keys, tuple[int, int]]]:
    text = read_text(file, root)
    if isinstance(text, Mistake):
        return text
    name = shown(file, root)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        at = _PLACE.search(said)
        place = name
        if at:
            line = at[1] or str(text.count("\n") + 1)
            place = f"{name}:{line}" + (f":{at[2]}" if at[2] else "")
            said = said[: at.start()]
        # ('a', 'b') is a.b.
        said = _KEYS.sub(lambda keys: ".".join(re.findall(r"'([^']*)'", keys[0])), said)
        twice = "overwrite" in said or "declare" in said or "mutate" in said
        return Mistake(
            place,
            f"is no TOML: {said[:1].lower()}{said[1:]}",
            fix="a key or a table is said twice; keep one of them" if twice else "",
        )
    except RecursionError:
        return Mistake(name, "is no TOML: it is nested too deep")
    try:
        return values, key_places(text)
    except (ValueError, IndexError, RecursionError):
        return values, {}


def _at(name: str, place: tuple[int, int] | None) -> str:
    return f"{name}:{place[0]}:{place[1]}" if place else name


def is_name(name: str) -> bool:
    """Whether a profile can have this name: it is that of a file in one folder."""
    return _NAME.fullmatch(name) is not None


def _unknown(name: str, place: str, there: list[str], asked: Asked) -> Mistake:
    folder = asked.config_dir
    known = name.removesuffix(".toml")
    near = known if known in there else nearest(name, there)
    make = f"make {folder}/{name}.toml"
    if not is_name(name) or name.endswith(".toml"):
        make = "give it a name of letters, digits, dots, dashes and underscores alone"
    if there:
        fix = f"write {near}, or {make}" if near else make
        if asked.under_bazel:
            fix += "; a target has only the profiles in its settings"
    elif asked.under_bazel:
        fix = f'name the files in the target: settings = ["//{folder}:profiles"]'
    else:
        fix = f"{make}, or name the folder: belljar_config_dir in pytest.ini"
    shown_name = repr(name) if len(name) <= 60 else f"{name[:57]!r}..."
    text = f"there is no profile {shown_name} in {folder}"
    return Mistake(place, text, choices=there, fix=fix)
