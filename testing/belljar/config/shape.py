"""`Shape`: what a settings class expects at each key: its sections, tables, lists, and what is secret.

Read from the types of pydantic models, of dataclasses and of what they are made of.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as AbstractSequence
from collections.abc import Set as AbstractSet
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass
from functools import cached_property
from typing import Annotated, Any, NewType, Union, get_args, get_origin, get_type_hints

from pydantic import AliasChoices, BaseModel, RootModel
from pydantic.fields import FieldInfo

__all__ = ["Shape"]

_PLAIN = {bool, int, float}


class Shape:
    """What one annotation expects; of a union, what its members expect together."""

    def __init__(self, annotation: object, *, required: bool = False) -> None:
        self.required = required
        self.members = list(_members(annotation))
        self.nullable = types.NoneType in self.members
        self.secret = any(
            hasattr(get_origin(each) or each, "get_secret_value") for each in self.members
        )

    @cached_property
    def fields(self) -> dict[str, Shape]:
        """The keys of a section, by the names that its values may have; empty for what is no section."""
        found: dict[str, Shape] = {}
        for member in self.members:
            if _is_section(member):
                found.update(_fields(member))
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
        return any(_is_section(each) for each in self.members)

    @cached_property
    def each(self) -> Shape | None:
        """What the values of a table expect, whose keys are anything; None for what is no table."""
        return _inner(self.members, Mapping, lambda given: given[1:])

    @cached_property
    def item(self) -> Shape | None:
        """What the items of a list expect; None for what is no list."""
        return _inner(self.members, (AbstractSequence, AbstractSet), lambda given: given)

    @property
    def structured(self) -> bool:
        """Whether a text for it is JSON."""
        return self.section or self.each is not None or self.item is not None

    @cached_property
    def takes_text(self) -> bool:
        """Whether any text is a value of it."""
        return any(each in (str, bytes, Any, object) for each in self.members)

    @cached_property
    def plain(self) -> frozenset[type]:
        """What it may be, if that is numbers and truth alone."""
        rest = {each for each in self.members if each is not types.NoneType}
        return frozenset(rest) if rest and rest <= _PLAIN else frozenset()  # type: ignore[arg-type]

    def filled(self, values: dict[str, object]) -> dict[str, object]:
        """Give the values with every section that has to be there: what it lacks is then said by its keys."""
        for name, inner in self.fields.items():
            if inner.section and inner.required and not inner.nullable:
                below = values.setdefault(name, {})
                if isinstance(below, dict):
                    inner.filled(below)
        return values

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


def _members(annotation: object) -> Iterator[object]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _members(each)
    elif isinstance(annotation, NewType):
        yield from _members(annotation.__supertype__)
    elif type(annotation).__name__ == "TypeAliasType":
        yield from _members(annotation.__value__)  # type: ignore[attr-defined]
    elif isinstance(annotation, type) and issubclass(annotation, RootModel):
        yield from _members(annotation.model_fields["root"].annotation)
    else:
        yield types.NoneType if annotation is None else annotation


def _is_section(member: object) -> bool:
    return isinstance(member, type) and (
        (issubclass(member, BaseModel) and not issubclass(member, RootModel))
        or is_dataclass(member)
    )


def _fields(member: Any) -> Iterator[tuple[str, Shape]]:
    if issubclass(member, BaseModel):
        by_name = member.model_config.get("populate_by_name") or member.model_config.get(
            "validate_by_name"
        )
        for name, info in member.model_fields.items():
            keys = _keys(name, info, bool(by_name))
            for key in keys:
                yield key, Shape(info.annotation, required=info.is_required() and len(keys) == 1)
        return
    hints = get_type_hints(member, include_extras=True)
    for field in dataclass_fields(member):
        if field.init:
            yield field.name, Shape(hints[field.name])


def _keys(name: str, info: FieldInfo, by_name: bool) -> list[str]:
    alias = info.validation_alias or info.alias
    if isinstance(alias, AliasChoices):
        given = [each for each in alias.choices if isinstance(each, str)]
    else:
        given = [alias] if isinstance(alias, str) else []
    return [*given, name] if by_name or not given else given


def _inner(members: list[object], kinds: Any, values: Any) -> Shape | None:
    found: list[object] = []
    for each in members:
        origin = get_origin(each) or each
        if (
            isinstance(origin, type)
            and issubclass(origin, kinds)
            and not issubclass(origin, str | bytes | bytearray)
        ):
            if hasattr(origin, "_fields"):
                continue  # a named tuple
            given = [argument for argument in values(get_args(each)) if argument is not Ellipsis]
            found += given or [Any]
    if not found:
        return None
    return Shape(Union[tuple(found)])  # noqa: UP007  # made of what is only known now
