"""Shapes of plain classes: dataclasses, attrs, named tuples, typed dicts, annotated `__init__`s."""

from __future__ import annotations

import dataclasses
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

from belljar.data.shape.annotations import Unknown, replaced, resolved, understood
from belljar.data.shape.attrs_validators import said_by
from belljar.data.shape.limits import NO_LIMITS, Limits
from belljar.data.shape.shape import MISSING, Field, Shape

__all__ = [
    "is_annotated",
    "read_attrs",
    "read_class",
    "read_dataclass",
    "read_named_tuple",
    "read_typed_dict",
    "variables_of",
]


def read_dataclass(model: Any) -> Shape:
    """Return the shape of a dataclass: of the fields and InitVars that its `__init__` takes."""
    plain = get_origin(model) or model
    fields = []
    # What dataclasses.fields leaves out: InitVars.
    every = getattr(plain, dataclasses._FIELDS)  # type: ignore[attr-defined]  # no public way
    for one in every.values():
        kind = one._field_type.name
        if kind == "_FIELD_CLASSVAR" or not one.init:
            continue
        factory = None if one.default_factory is dataclasses.MISSING else one.default_factory
        default = MISSING if one.default is dataclasses.MISSING else one.default
        fields.append(_field(model, one.name, one.type, default, factory, one.metadata))
    return _shape(model, "dataclass", fields)


def read_attrs(model: Any) -> Shape:
    """Return the shape of an attrs class; its fields' names are the attributes', without `_` at call."""
    plain = get_origin(model) or model
    fields, aliases = [], {}
    for one in plain.__attrs_attrs__:
        if not one.init:
            continue
        factory, default = None, MISSING
        if type(one.default).__name__ == "Factory":
            factory = None if one.default.takes_self else one.default.factory
            default = None if one.default.takes_self else MISSING
        elif repr(one.default) != "NOTHING":
            default = one.default
        limits, items = said_by(one.validator)
        said = {"limits": limits, "items": items}
        fields.append(_field(model, one.name, one.type or str, default, factory, said))
        aliases[one.name] = one.alias

    def build(values: dict[str, Any]) -> Any:
        return model(**{aliases.get(name, name): value for name, value in values.items()})

    return _shape(model, "class", fields, build)


def read_named_tuple(model: Any) -> Shape:
    """Return the shape of a NamedTuple."""
    hints = getattr(model, "__annotations__", {})
    defaults = model._field_defaults
    names = model._fields
    fields = [
        _field(model, n, hints.get(n, str), defaults.get(n, MISSING), None, {}) for n in names
    ]
    return _shape(model, "class", fields)


def read_typed_dict(model: Any) -> Shape:
    """Return the shape of a TypedDict; keys that may be missing are filled."""
    hints = typing.get_type_hints(model, include_extras=True)
    fields = [_field(model, name, hint, MISSING, None, {}) for name, hint in hints.items()]
    return _shape(model, "class", fields, dict)


def is_annotated(plain: type) -> bool:
    """Whether a class can be made from what its `__init__` says."""
    if inspect.isabstract(plain) or getattr(plain, "_is_protocol", False):
        return False
    if plain.__init__ is object.__init__:  # type: ignore[misc]  # looked at, not called
        return bool(plain.__new__ is object.__new__)  # type: ignore[comparison-overlap]  # it may be
    try:
        return all(
            one.annotation is not one.empty or one.default is not one.empty
            for one in _arguments(plain)
        )
    except (TypeError, ValueError):
        return False


def read_class(model: Any) -> Shape:
    """Return the shape of a class by its `__init__`."""
    fields = []
    for one in _arguments(get_origin(model) or model):
        annotation = str if one.annotation is one.empty else one.annotation
        default = MISSING if one.default is one.empty else one.default
        fields.append(_field(model, one.name, annotation, default, None, {}))
    return _shape(model, "class", fields)


def _arguments(plain: type) -> Iterator[inspect.Parameter]:
    if plain.__init__ is object.__init__:  # type: ignore[misc]  # looked at, not called
        return
    parameters = list(inspect.signature(plain.__init__).parameters.values())[1:]  # type: ignore[misc]
    yield from (p for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))


def _shape(
    model: Any, kind: str, fields: list[Field], build: Callable[[dict[str, Any]], Any] | None = None
) -> Shape:
    plain = get_origin(model) or model

    def construct(values: dict[str, Any]) -> Any:
        return plain(**values)

    return Shape(plain, plain.__name__, kind, tuple(fields), build or construct)


def _field(
    model: Any,
    name: str,
    annotation: Any,
    default: Any,
    factory: Callable[[], Any] | None,
    metadata: Mapping[Any, Any],
) -> Field:
    plain = get_origin(model) or model
    try:
        hint = resolved(annotation, _owner(plain, name))
    except NameError as error:
        # Imported for type checkers alone: a value or a source that is given helps.
        hint = Unknown(annotation, str(error))
    hint = replaced(hint, lambda one: plain if one is typing.Self else one)
    kind, nullable, limits = understood(hint, variables_of(model, name))
    nullable = nullable or (isinstance(kind, Unknown) and kind.nullable)
    said = metadata.get("limits")
    if isinstance(said, Limits):
        limits = limits.both(said)
    items, arguments = metadata.get("items"), get_args(kind)
    if (
        isinstance(items, Limits)
        and items != NO_LIMITS
        and arguments
        and hasattr(kind, "__origin__")
    ):
        kind = kind.__origin__[(Annotated[arguments[0], items], *arguments[1:])]
    return Field(
        name=name,
        type=kind,
        nullable=nullable,
        default=default,
        default_factory=factory,
        limits=limits,
    )


def _owner(plain: type, name: str) -> type:
    """Return the class of the family that has the annotation: its module knows the names in it."""
    for base in plain.__mro__:
        if name in inspect.get_annotations(base):
            return base
    return plain


def variables_of(model: Any, name: str = "") -> dict[Any, Any]:
    """Return what a generic class's variables stand for, in itself and in its bases."""
    plain = get_origin(model) or model
    found = dict(zip(getattr(plain, "__parameters__", ()), get_args(model), strict=False))
    for base in getattr(plain, "__orig_bases__", ()):
        above = get_origin(base)
        if above is None or not hasattr(above, "__parameters__"):
            continue
        given = [found.get(one, one) if hashable(one) else one for one in get_args(base)]
        found.update(
            {
                variable: value
                for variable, value in zip(above.__parameters__, given, strict=False)
                if variable is not value
            }
        )
        found.update({k: v for k, v in variables_of(above).items() if k not in found})
    return found


def hashable(value: Any) -> bool:
    """Whether it can be looked up."""
    try:
        hash(value)
    except TypeError:
        return False
    return True
