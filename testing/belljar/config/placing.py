"""`Placing`: what a layer says, put to the keys of the settings class; every key that is none is a mistake.

Keys of files are exact; those of variables are the same in any case, for Windows knows no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from belljar.config.errors import Mistake, nearest
from belljar.config.meaning import meant
from belljar.config.mending import mended
from belljar.config.origin import Entry, Origin, Path, dotted
from belljar.config.shape import Shape

__all__ = ["Placing"]

Places = Callable[[Path], Origin]
_NAMES: dict[type, str] = {bool: "true or false", int: "an integer", float: "a number"}
_KINDS = {
    str: "a text",
    bool: "true or false",
    int: "an integer",
    float: "a number",
    list: "a list",
    dict: "a table",
}


class Placing:
    """Puts values to the keys of one settings class, and notes all that is wrong with them."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.mistakes: list[Mistake] = []
        self._passed: set[str] = set()

    def pass_by(self, sections: Iterable[str]) -> None:
        """Leave these sections alone where the class has none of that name: they are other classes'."""
        self._passed.update(each for each in sections if each not in self.shape.fields)

    def typed(
        self, value: object, places: Places, path: Path = (), shape: Shape | None = None
    ) -> Iterator[Entry]:
        """Give the entries of a value that has types of its own: of TOML, or of JSON."""
        shape = shape or self.shape
        if isinstance(value, Mapping) and (shape.section or shape.each is not None):
            if not value and path:
                yield Entry(path, {}, places(path), shape)
            written: dict[str, str] = {}
            for key, inner in value.items():
                below = (*path, str(key))
                found = self._below(shape, str(key))
                if found is None and not path and key in self._passed:
                    continue
                if found is None:
                    self._unknown(places(below), below, shape)
                else:
                    name, shape_below = found
                    if name in written:
                        text = f"{dotted(below)} and {written[name]} mean the same setting"
                        self.mistakes.append(Mistake(places(below).place, text, fix="keep one"))
                        continue
                    written[name] = str(key)
                    # Below an alias the place is that of the key that was written.
                    at = places if name == key else _always(places(below))
                    yield from self.typed(inner, at, (*path, name), shape_below)
            return
        if shape.item is not None and isinstance(value, Sequence) and not isinstance(value, str):
            before = len(self.mistakes)
            for index, each in enumerate(value):
                # A list is replaced as a whole: its items are looked at, and are no entries.
                for _ in self.typed(each, places, (*path, str(index)), shape.item):
                    pass
            if len(self.mistakes) > before:
                return  # told; pydantic would say it again
        elif shape.plain and not _fits(value, shape):
            wanted = " or ".join(_NAMES[each] for each in _NAMES if each in shape.plain)
            kind = _KINDS.get(type(value), type(value).__name__)
            self.mistakes.append(
                Mistake(
                    places(path).place,
                    f"{dotted(path)} is {kind}, {_shown(value)}, and has to be {wanted}",
                    fix=f"write {value}"
                    if isinstance(value, str) and _number(value)
                    else mended(shape, quoted=isinstance(value, str)),
                )
            )
            return
        elif (
            shape.section
            and value is not None
            and not shape.simple
            and not isinstance(value, Mapping)
        ):
            kind = _KINDS.get(type(value), type(value).__name__)
            self._no_section(places(path), path, shape, kind)
            return
        yield Entry(path, value, places(path), shape)

    def text(
        self, keys: Sequence[str], text: str, origin: Origin, *, exact: bool
    ) -> Iterator[Entry]:
        """Give the entries of a text at a key: of a variable, a file of its own, or an option."""
        shape, path = self.shape, Path()
        rest = list(keys)
        while rest:
            if exact:
                below = self._below(shape, rest[0])
                found = (below[0], below[1], 1) if below else None
            else:
                found = self._step(shape, rest)
            if found is None:
                name = rest[0] if exact else _folded(shape, rest[0])
                if path or name not in self._passed:
                    self._unknown(origin, (*path, name), shape, rest[1:])
                return
            name, shape, taken = found
            path, rest = (*path, name), rest[taken:]
        if not shape.structured or shape.secret:
            empty = shape.nullable and not shape.takes_text and text == "null"
            yield Entry(path, None if empty else shape.read(text), origin, shape)
            return
        if text.lstrip().startswith(("{", "[")):
            try:
                value = json.loads(text, object_pairs_hook=_no_twins)
            except (ValueError, RecursionError) as error:
                # Not the text: it may hold a secret.
                why = str(error)
                if isinstance(error, json.JSONDecodeError):
                    why = f"{error.msg[:1].lower()}{error.msg[1:].removesuffix(' at')} at character {error.pos + 1}"
                if not shape.takes_text:
                    self.mistakes.append(Mistake(origin.place, f"{dotted(path)} is no JSON: {why}"))
                    return
            else:
                yield from self.typed(value, lambda _: origin, path, shape)
                return
        if shape.takes_text:
            yield Entry(path, text, origin, shape)
        elif shape.nullable and text == "null":
            yield Entry(path, None, origin, shape)
        elif shape.simple:
            yield Entry(path, shape.read(text), origin, shape)
        else:
            self._no_section(origin, path, shape, "a text")

    def _no_section(self, origin: Origin, path: Path, shape: Shape, given: str) -> None:
        """Note what has to have a structure, and has none; its value is not shown, for a secret may be in it."""
        what, form = ("list", "[...]") if shape.item is not None else ("table", "{...}")
        fix = f"write {form if origin.layer == 'profile' else f'JSON: {form}'}"
        if shape.section:
            what, fix = "section", f"name one of its keys, or {fix}"
        self.mistakes.append(
            Mistake(
                origin.place,
                f"{dotted(path)} is a {what}, and {given} is given",
                choices=sorted(f"{dotted(path)}.{key}" for key in shape.fields),
                fix=fix,
            )
        )

    def shape_at(self, keys: Sequence[str]) -> Shape | None:
        """Give what a variable's keys mean, or None."""
        shape, rest = self.shape, list(keys)
        while rest:
            found = self._step(shape, rest)
            if found is None:
                return None
            _, shape, taken = found
            rest = rest[taken:]
        return shape

    def _below(self, shape: Shape, key: str) -> tuple[str, Shape] | None:
        """Give the key that is passed on for this one, and what is expected there."""
        found = shape.fields.get(key)
        if found is not None:
            return found.key, found
        other = shape.each or (Shape(object) if shape.open else None)
        return (key, other) if other is not None and key else None

    def _step(self, shape: Shape, keys: Sequence[str]) -> tuple[str, Shape, int] | None:
        """Give the first key of a variable, what is expected there, and how many of its keys that takes."""
        # A name may have two underscores of its own.
        for count in range(1, len(keys) + 1):
            found = self._below(shape, _folded(shape, "__".join(keys[:count])))
            if found is not None:
                return found[0], found[1], count
        return None

    def _unknown(self, origin: Origin, path: Path, shape: Shape, rest: Sequence[str] = ()) -> None:
        above, key = path[:-1], path[-1]
        if above and not shape.section:
            text = f"{dotted(above)} is no section, and has no {key!r}"
            self.mistakes.append(Mistake(origin.place, text, fix=f"name {dotted(above)} itself"))
            return
        found = meant(self.shape, shape, above, key, rest)
        if not found and not above and origin.layer == "profile":
            found = nearest(key, ("extends", "services", *self._passed))
        fix = "leave it out, or add it to the settings class"
        if not above and rest:
            fix += f'; if it is another service\'s, say so in the profile: services = ["{key}"]'
        if found == dotted(path):
            found += " without the quotes"
        self.mistakes.append(
            Mistake(
                origin.place,
                f"{_short(dotted(path))} is no setting",
                choices=sorted(shape.fields),
                fix=f"write {found}" if found else fix,
            )
        )


def _folded(shape: Shape, key: str) -> str:
    """Give the field that a variable means; of a table, whose keys are anything, the lower case."""
    if key in shape.fields:
        return key
    wanted = key.casefold().replace("-", "_")
    # No shell could write a dash.
    same = [name for name in shape.fields if name.casefold().replace("-", "_") == wanted]
    return same[0] if same else key.lower()


def _fits(value: object, shape: Shape) -> bool:
    if value is None:
        return shape.nullable
    if isinstance(value, bool):
        return bool in shape.plain
    if isinstance(value, int):
        return int in shape.plain or float in shape.plain
    return isinstance(value, float) and float in shape.plain


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text in ("true", "false")
    return True


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _always(origin: Origin) -> Places:
    return lambda _: origin


def _short(text: str) -> str:
    return text if len(text) <= 100 else f"{text[:97]}..."


def _no_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"it has the key {twin!r} twice")
    return found
