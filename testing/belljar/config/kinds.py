"""What an annotation is made of: `members` of a union, the `keys` of a section, what is in a table or a list."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from dataclasses import MISSING, is_dataclass
from dataclasses import fields as dataclass_fields
from enum import Enum
from typing import (
    Annotated,
    Any,
    Literal,
    NamedTuple,
    NewType,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import AliasChoices, BaseModel, Json, RootModel, SecretStr
from pydantic.fields import FieldInfo

__all__ = ["Key", "choices", "inner", "is_section", "keys", "members"]


class Key(NamedTuple):
    """One field of a section: the keys that say it, the first of which is passed on."""

    name: str
    keys: tuple[str, ...]
    annotation: object
    required: bool
    default: Callable[[], object]
    """Gives the default, anew; None where there is none."""


def members(annotation: object) -> Iterator[object]:
    """Give the types that a value may have."""
    origin = get_origin(annotation)
    if origin is Annotated:
        first, *rest = get_args(annotation)
        if any(map(_is_json, rest)):
            # A text, which pydantic reads; secret if something in it is.
            from belljar.config.shape import Shape

            yield SecretStr if Shape(first).holds_secret else str
        else:
            yield from members(first)
    elif annotation is Json:
        yield str
    elif origin in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from members(each)
    elif isinstance(annotation, NewType):
        yield from members(annotation.__supertype__)
    elif type(annotation).__name__ == "TypeAliasType":
        yield from members(annotation.__value__)  # type: ignore[attr-defined]
    elif isinstance(annotation, type) and issubclass(annotation, RootModel):
        yield from members(annotation.model_fields["root"].annotation)
    else:
        yield types.NoneType if annotation is None else annotation


def is_section(member: object) -> bool:
    """Whether it has keys of its own."""
    return isinstance(member, type) and (
        (issubclass(member, BaseModel) and not issubclass(member, RootModel))
        or is_dataclass(member)
        or _is_typed_dict(member)
    )


def choices(member: object) -> tuple[object, ...]:
    """Give the values that it names one by one."""
    if get_origin(member) is Literal:
        return get_args(member)
    if isinstance(member, type) and issubclass(member, Enum):
        return tuple(each.value for each in member)
    return ()


def keys(member: Any) -> Iterator[Key]:
    """Give the fields of a section."""
    if issubclass(member, BaseModel):
        for name, info in member.model_fields.items():
            names = _names(name, info, member.model_config)

            def default(info: FieldInfo = info) -> object:
                return info.get_default(call_default_factory=True, validated_data={})

            read = any(map(_is_json, info.metadata))
            annotation = Annotated[info.annotation, Json] if read else info.annotation
            yield Key(name, names, annotation, info.is_required() and len(names) == 1, default)
        return
    hints = _hints(member)
    if _is_typed_dict(member):
        for name in hints:
            yield Key(name, (name,), hints[name], name in member.__required_keys__, _nothing)
        return
    for field in dataclass_fields(member):
        if field.init:
            made = field.default_factory
            given = field.default
            default_of = made if made is not MISSING else lambda given=given: given
            has = made is not MISSING or given is not MISSING
            yield Key(
                field.name,
                (field.name,),
                hints.get(field.name, Any),
                False,
                default_of if has else _nothing,
            )


def inner(given: list[object], kinds: Any, values: Any) -> list[object]:
    """Give what is in the tables, or in the lists, among these types; empty if none is one."""
    found: list[object] = []
    for each in given:
        origin = get_origin(each) or each
        if (
            isinstance(origin, type)
            and issubclass(origin, kinds)
            and not issubclass(origin, str | bytes | bytearray)
            and not _is_typed_dict(origin)
        ):
            arguments = values(get_args(each))
            if hasattr(origin, "_fields"):
                arguments = tuple(_hints(origin).values())  # a tuple with names
            found += [argument for argument in arguments if argument is not Ellipsis] or [Any]
    return found


def _names(name: str, info: FieldInfo, config: Any) -> tuple[str, ...]:
    alias = info.validation_alias or info.alias
    if isinstance(alias, AliasChoices):
        given = [each for each in alias.choices if isinstance(each, str)]
    else:
        given = [alias] if isinstance(alias, str) else []
    if config.get("validate_by_alias") is False:
        given = []
    by_name = config.get("populate_by_name") or config.get("validate_by_name")
    return tuple([*given, name] if by_name or not given else given)


def _hints(member: Any) -> dict[str, Any]:
    try:
        return get_type_hints(member, include_extras=True)
    except NameError:
        # pydantic says it better, when it makes the class.
        return dict.fromkeys(getattr(member, "__annotations__", {}), Any)


def _is_json(each: object) -> bool:
    marks: tuple[object, ...] = (each, type(each))
    return Json in marks


def _is_typed_dict(member: object) -> bool:
    # `typing.is_typeddict` does not know those of typing_extensions.
    return isinstance(member, type) and hasattr(member, "__required_keys__")


def _nothing() -> None:
    return None
