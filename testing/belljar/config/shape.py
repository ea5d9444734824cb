"""`Shape`: what a settings class expects at each key: its sections, tables, lists, and what is secret.

Read from the types of pydantic models, of dataclasses and of what they are made of.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from collections.abc import Sequence as AbstractSequence
from collections.abc import Set as AbstractSet
from datetime import timedelta
from functools import cached_property
from typing import Any, Union, get_origin

from pydantic import BaseModel

from belljar.config import kinds
from belljar.config.kinds import Key, is_section
from belljar.config.origin import Path

__all__ = ["Shape"]

_PLAIN = {bool, int, float}


class Shape:
    """What one annotation expects; of a union, what its members expect together."""

    def __init__(self, annotation: object, key: Key | None = None) -> None:
        self.required = key is not None and key.required
        self.name = key.name if key else ""
        """The field's name, and the key that says it; they differ where it has an alias."""
        self.key = key.keys[0] if key and key.keys else self.name
        self._default = key.default if key else None
        self.members = list(kinds.members(annotation))
        self.nullable = types.NoneType in self.members
        self.secret = any(
            hasattr(get_origin(each) or each, "get_secret_value") for each in self.members
        )

    @cached_property
    def fields(self) -> dict[str, Shape]:
        """What is expected at each name that a value of a section may have; empty for what is no section."""
        found: dict[str, Shape] = {}
        for member in self.members:
            if is_section(member):
                for key in kinds.keys(member):
                    shape = Shape(key.annotation, key)
                    for name in key.keys:
                        if name in found:
                            # Of each member of a union it may be something else.
                            both: object = Union[tuple([*found[name].members, *shape.members])]  # noqa: UP007
                            shape = Shape(both, key)
                        found[name] = shape
        return found

    @property
    def keyed(self) -> dict[str, Shape]:
        """The same by the one key of each that is passed on."""
        return {name: shape for name, shape in self.fields.items() if shape.key == name}

    def default(self) -> object:
        """Give the default of a field, anew; None where there is none, or where making it fails."""
        try:
            return self._default() if self._default else None
        except Exception:  # it is a team's own, and is told when pydantic makes it
            return None

    def attributes(self, path: Path) -> Path:
        """Give the names of the fields that keys below this one say."""
        here: Shape | None = self
        found: Path = ()
        for key in path:
            below = here.fields.get(key) if here else None
            found += (below.name if below else key,)
            here = below or (here and (here.each or here.item))
        return found

    @cached_property
    def open(self) -> bool:
        """Whether a section says that it takes other keys, too."""
        return any(
            isinstance(each, type)
            and issubclass(each, BaseModel)
            and each.model_config.get("extra") == "allow"
            for each in self.members
        )

    @cached_property
    def section(self) -> bool:
        """Whether it has keys of its own."""
        return any(map(is_section, self.members))

    @cached_property
    def each(self) -> Shape | None:
        """What the values of a table expect, whose keys are anything; None for what is no table."""
        return _of(kinds.inner(self.members, Mapping, lambda given: given[1:]))

    @cached_property
    def item(self) -> Shape | None:
        """What the items of a list expect; None for what is no list."""
        lists = (AbstractSequence, AbstractSet)
        return _of(kinds.inner(self.members, lists, lambda given: given))

    @property
    def structured(self) -> bool:
        """Whether a text for it is JSON."""
        return self.section or self.each is not None or self.item is not None

    @cached_property
    def takes_text(self) -> bool:
        """Whether any text is a value of it."""
        return any(each in (str, bytes, Any, object) for each in self.members)

    @cached_property
    def simple(self) -> bool:
        """Whether it may be without structure: a number, a path; then pydantic says which texts are."""
        return any(
            each is not types.NoneType and not Shape(each).structured for each in self.members
        )

    @cached_property
    def choices(self) -> tuple[object, ...]:
        """The values that it names one by one."""
        return tuple(value for each in self.members for value in kinds.choices(each))

    def read(self, text: str) -> object:
        """Give what a text means where its type has no texts: one of its numbers, or seconds."""
        if text not in self.choices:
            for choice in self.choices:
                if (
                    not isinstance(choice, str)
                    and str(choice).casefold() == text.strip().casefold()
                ):
                    return choice
        if timedelta in self.members and not self.takes_text:
            try:
                return float(text)
            except ValueError:
                return text
        return text

    @cached_property
    def plain(self) -> frozenset[type]:
        """What it may be, if that is numbers and truth alone."""
        rest = {each for each in self.members if each is not types.NoneType}
        return frozenset(rest) if rest and rest <= _PLAIN else frozenset()  # type: ignore[arg-type]

    @cached_property
    def holds_secret(self) -> bool:
        """Whether it is secret, or something in it is."""
        return _holds_secret(self, set())


def _holds_secret(shape: Shape, seen: set[int]) -> bool:
    if shape.secret:
        return True
    key = hash(tuple(map(repr, shape.members)))
    if key in seen:
        return False  # a model that has itself in it
    seen.add(key)
    inner = [*shape.fields.values(), shape.each, shape.item]
    return any(_holds_secret(each, seen) for each in inner if each is not None)


def _of(found: list[object]) -> Shape | None:
    # Made of what is only known now.
    return Shape(Union[tuple(found)]) if found else None  # noqa: UP007
