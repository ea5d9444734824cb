"""The layers that are texts: the target's env, files of secrets, `.env` files, the environment, the options.

A variable is `TEST__SECTION__KEY`, in any case. `BELLJAR_POSTGRES_URL` and `BELLJAR_VALKEY_URL` are other names
of `database.url` and `cache.url`; where both are set, the longer name counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from belljar.config.asked import Asked
from belljar.config.dotenv_files import dotenv_variables
from belljar.config.errors import Mistake
from belljar.config.origin import Entry, Origin
from belljar.config.secret_files import read_secret

if TYPE_CHECKING:
    from belljar.config.placing import Placing

__all__ = ["Said", "said_entries", "said_texts"]

_KEY = re.compile(r"[A-Za-z_.]*(?=[^\w-]|$)")
OTHER_NAMES = {"BELLJAR_POSTGRES_URL": "DATABASE__URL", "BELLJAR_VALKEY_URL": "CACHE__URL"}


class Said(NamedTuple):
    """A text at some keys; `file` is where it stands, if that is a file."""

    keys: tuple[str, ...]
    text: str
    origin: Origin
    prefixed: bool = False
    file: Path | None = None


def said_texts(asked: Asked, mistakes: list[Mistake]) -> Iterator[Said]:
    """Give all texts of all layers above the profile, lowest first."""
    inside, outside = _by_origin(asked)
    where = f"{asked.target}, env" if asked.target else "env of the target"
    yield from _variables(inside, asked, "target", mistakes, where)
    yield from _secret_files(asked, mistakes)
    for lines in dotenv_variables(asked, mistakes):
        for line in lines:
            keys = _keys(line.name, asked, line.place, mistakes)
            if keys:
                yield Said(keys, line.value, Origin(".env", line.place), file=line.file)
    yield from _variables(outside, asked, "environment", mistakes)
    for option in asked.options:
        if said := _option(option, mistakes):
            yield said


def said_entries(asked: Asked, placing: Placing) -> Iterator[tuple[Entry, Said]]:
    """Give their entries, each with the text that it is of; what lies deeper is above its section."""
    texts = list(said_texts(asked, placing.mistakes))
    seen: dict[tuple[str, ...], str] = {}
    known = sorted(range(len(texts)), key=lambda index: _rank(texts[index], index))
    for index in known:
        said = texts[index]
        if said.origin.layer == "secrets":
            text = _secret_text(said, placing)
            if text is None:
                continue
            folded = tuple(key.casefold() for key in said.keys)
            if folded in seen:
                twins = f"{said.origin.place} and {seen[folded]} mean the same setting"
                placing.mistakes.append(Mistake(said.origin.place, twins, fix="keep one of them"))
                continue
            seen[folded] = said.origin.place
            said = said._replace(text=text)
        exact = said.origin.layer == "command line"
        for entry in placing.text(said.keys, said.text, said.origin, exact=exact):
            yield entry, said


_ORDER = {"target": 0, "secrets": 1, ".env": 2, "environment": 3, "command line": 4}


def _rank(said: Said, index: int) -> tuple[int, str, int, int]:
    layer = _ORDER[said.origin.layer]
    # Options count in the order that they are given in, and so do the two .env files.
    deep = len(said.keys) if said.origin.layer in ("target", "environment", "secrets") else 0
    file = "" if said.file is None or said.origin.layer != ".env" else said.file.name
    return layer, file, deep or (len(said.keys) if file else 0), index


def _by_origin(asked: Asked) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Tell what the BUILD file said from what came from elsewhere under the same name."""
    inside = list(asked.target_env.items())
    outside = [
        (name, value)
        for name, value in asked.environ.items()
        if asked.target_env.get(name) != value
    ]
    return inside, outside


def _variables(
    given: Iterable[tuple[str, str]],
    asked: Asked,
    layer: str,
    mistakes: list[Mistake],
    where: str = "",
) -> Iterator[Said]:
    found: dict[tuple[str, ...], str] = {}
    texts = []
    for name, value in sorted(given):
        if name in OTHER_NAMES and asked.prefix == "TEST__":
            if value:
                keys = tuple(OTHER_NAMES[name].split("__"))
                place = f"{name} ({where})" if where else name
                yield Said(keys, value, Origin(layer, place))
            continue
        if not name.upper().startswith(asked.prefix):
            continue
        place = f"{name} ({where})" if where else name
        read = _keys(name, asked, place, mistakes)
        if read is None:
            continue
        folded = tuple(key.casefold() for key in read)
        if folded in found:
            text = f"{name} and {found[folded]} differ in case alone, and mean the same setting"
            mistakes.append(Mistake(place, text, fix="keep one of them"))
            continue
        found[folded] = name
        texts.append(Said(read, value, Origin(layer, place)))
    yield from texts


def _keys(name: str, asked: Asked, place: str, mistakes: list[Mistake]) -> tuple[str, ...] | None:
    keys = tuple(name[len(asked.prefix) :].split("__"))
    if all(keys):
        return keys
    mistakes.append(
        Mistake(
            place,
            f"{name} names no setting",
            fix=f"write {asked.prefix}SECTION__KEY, with two underscores between, or unset it",
        )
    )
    return None


def _secret_files(asked: Asked, mistakes: list[Mistake]) -> Iterator[Said]:
    folder = asked.secrets_dir
    if folder is None:
        return
    if not folder.is_dir():
        mistakes.append(
            Mistake(
                str(folder),
                "is no folder, and should have a file for each secret",
                fix="mount it there, or name another: BELLJAR_SECRETS_DIR",
            )
        )
        return
    for file in sorted(folder.iterdir()):
        # Kubernetes keeps its own folders there, with names that begin with dots.
        if file.name.startswith("."):
            continue
        name, prefixed = file.name, False
        if name.upper().startswith(asked.prefix):
            name, prefixed = name[len(asked.prefix) :], True
        keys = tuple(name.replace(".", "__").split("__"))
        if all(keys):
            origin = Origin("secrets", str(file))
            yield Said(keys, "", origin, prefixed=prefixed, file=file)


def _secret_text(said: Said, placing: Placing) -> str | None:
    """Give what stands in a file of its own; None if it is not ours, or can't be had."""
    shape = placing.shape_at(said.keys)
    if shape is None:
        # The folder may be shared with others: what is no setting there is not ours, unless it says so.
        return "" if said.prefixed else None
    if shape.section and not (said.file or Path()).is_file():
        return None  # a folder of that name may be anybody's
    if shape.secret:
        return f"file:{said.file}"
    read = read_secret(said.file or Path(), said.origin.place)
    if isinstance(read, bytes):
        return read.decode("utf-8", "replace")
    placing.mistakes.append(read)
    return None


def _option(option: str, mistakes: list[Mistake]) -> Said | None:
    key, equals, value = option.partition("=")
    keys = tuple(key.strip().split("."))
    if equals and all(keys):
        return Said(keys, value, Origin("command line", "--setting"))
    text = f"{key!r} is no key of a setting"
    if not equals:
        # Only what looks like a key: the rest may be a value, and that a secret.
        name = _KEY.match(key)
        text = f"{name[0]!r} has no value" if name else "a value is given, and no key"
    mistakes.append(
        Mistake(
            "--setting", text, fix="write --setting SECTION.KEY=VALUE, such as database.pool_size=5"
        )
    )
    return None
