"""`source_for`: the source of a type's values, within limits; what a field has when nobody gives it one."""

from __future__ import annotations

import collections
import collections.abc
import enum
import inspect
import re
import sys
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin
from uuid import UUID

from belljar.data.errors import CannotMeet
from belljar.data.shape.annotations import JsonText, Unknown, understood
from belljar.data.shape.limits import NO_LIMITS, Limits
from belljar.data.sources.choices import AnyOf, Choices, Fixed, Nullable
from belljar.data.sources.containers import Dicts, Lists, Sets, Tuples
from belljar.data.sources.numbers import Booleans, Decimals, Floats, Integers
from belljar.data.sources.patterns import Patterned
from belljar.data.sources.ranges import RangeOf, Ranges
from belljar.data.sources.source import Source
from belljar.data.sources.special import (
    SPECIAL,
    Accepted,
    Adapted,
    Bytes,
    Mapped,
    Uuids,
    path_source,
)
from belljar.data.sources.texts import Texts
from belljar.data.sources.times import Dates, Instants, Spans, Times

if TYPE_CHECKING:
    from belljar.data.shape.shape import Field

__all__ = ["source_for", "source_of"]

_SCALARS: dict[Any, Callable[[Limits], Source]] = {
    bool: lambda limits: Booleans(),
    int: Integers,
    float: Floats,
    Decimal: Decimals,
    Fraction: lambda limits: Decimals(limits, Fraction),
    datetime: Instants,
    date: Dates,
    time: Times,
    timedelta: Spans,
    bytes: Bytes,
    bytearray: lambda limits: Mapped(Bytes(limits), bytearray),
    memoryview: lambda limits: Mapped(Bytes(limits), memoryview),
}
_LISTS: tuple[Any, ...] = (
    list,
    collections.abc.Sequence,
    collections.abc.Iterable,
    collections.abc.Collection,
)
_LISTS += (collections.abc.MutableSequence,)
_SETS = (set, collections.abc.Set, collections.abc.MutableSet)
_DICTS = (dict, collections.abc.Mapping, collections.abc.MutableMapping)


def source_of(field: Field) -> Source:
    """Return the source of a field's values, by its type, limits and name; None is not among them."""
    return source_for(field.type, field.limits, field.name)


def source_for(
    annotation: Any,
    limits: Limits = NO_LIMITS,
    name: str = "",
    variables: Mapping[Any, Any] | None = None,
) -> Source:
    """Return the source of a type's values. Raises CannotMeet for a type of which nothing is known."""
    kind, nullable, said = understood(annotation, variables)
    limits = limits.both(said)
    source = _chosen(kind, limits) or _source(kind, limits, name)
    if limits.excluded or limits.accepts:
        source = Accepted(source, limits)
    return Nullable(source) if nullable and kind is not type(None) else source


def _chosen(kind: Any, limits: Limits) -> Source | None:
    if get_origin(kind) is Literal:
        values = get_args(kind)
    elif inspect.isclass(kind) and issubclass(kind, enum.Enum):
        values = tuple(kind)
        if limits.choices is not None:
            names = limits.choices
            values = tuple(v for v in kind if v in names or v.value in names or v.name in names)
    elif limits.choices is not None:
        values = limits.choices
    else:
        return None
    if not values:
        why = f"has no value that keeps to {limits}" if limits.choices else "has no values"
        raise CannotMeet(f"{kind!r} {why}", fix="give the field a source")
    return Fixed(values[0]) if len(values) == 1 else Choices(values)


def _source(kind: Any, limits: Limits, name: str) -> Source:
    if isinstance(kind, RangeOf):
        return Ranges(kind)
    if isinstance(kind, JsonText):
        from belljar.data.sources.pydantic_types import json_of

        return json_of(kind.inner)
    try:
        if kind is UUID and limits.version is not None:
            return Uuids(limits.version)
        if kind is Path and limits.path is not None:
            return path_source(limits.path)
        if kind in SPECIAL:
            return SPECIAL[kind]
        if kind in _SCALARS:
            return _SCALARS[kind](limits)
    except TypeError:
        pass
    if kind in (str, typing.LiteralString):
        return Texts(limits, name) if limits.pattern is None else Patterned(limits)
    if kind in (Any, object) or isinstance(kind, typing.TypeVar):
        return Texts(limits, name)
    if kind in (None, type(None)):
        return Fixed(None)
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if origin is typing.Union:
        return _any_of(arguments, limits, name)
    found = _container(origin, arguments, limits, name)
    return found if found is not None else _of_class(kind, origin, arguments, limits, name)


def _any_of(kinds: tuple[Any, ...], limits: Limits, name: str) -> Source:
    """Return a source of those of some types that can be made: one is enough."""
    sources, refused = [], None
    for kind in kinds:
        try:
            sources.append(source_for(kind, limits, name))
        except CannotMeet as error:
            refused = refused or error
    if not sources and refused is not None:
        raise refused
    return AnyOf(sources)


def _container(origin: Any, arguments: Any, limits: Limits, name: str) -> Source | None:
    singular = name.removesuffix("s")
    item = arguments[0] if arguments else str
    if origin in _LISTS:
        return Lists(source_for(item, name=singular), limits)
    if origin is collections.deque:
        return Lists(source_for(item, name=singular), limits, collections.deque)
    if origin in _SETS or origin is frozenset:
        kind: Any = frozenset if origin is frozenset else set
        _check_hashable(item, "a set's items")
        return Sets(source_for(item, name=singular), limits, kind)
    if origin is tuple:
        if (len(arguments) == 2 and arguments[1] is Ellipsis) or not arguments:
            return Lists(source_for(item, name=singular), limits, tuple)
        return Tuples([source_for(one) for one in arguments if one != ()])
    if origin in _DICTS or origin in (collections.OrderedDict, collections.defaultdict):
        key, value = arguments if len(arguments) == 2 else (str, str)
        _check_hashable(key, "a dict's keys")
        kinds: dict[Any, Any] = {
            collections.OrderedDict: collections.OrderedDict,
            collections.defaultdict: lambda made: collections.defaultdict(None, made),
        }
        return Dicts(source_for(key), source_for(value), limits, kinds.get(origin, dict))
    if origin is collections.Counter:
        counts = Limits(low=1, high=9)
        return Dicts(source_for(item), Integers(counts), limits, collections.Counter)
    if origin is type:
        return Fixed(item)
    if origin is re.Pattern:
        return Mapped(Texts(NO_LIMITS), lambda text: re.compile(re.escape(text)))
    return None


def _check_hashable(kind: Any, what: str) -> None:
    plain = understood(kind).type
    if getattr(get_origin(plain) or plain, "__hash__", ...) is None:
        raise CannotMeet(
            f"{what} have to be hashable, and {getattr(plain, '__name__', plain)} is not",
            fix="give the field a source, or make them frozen",
        )


def _of_class(kind: Any, origin: Any, arguments: Any, limits: Limits, name: str) -> Source:
    if kind is typing.Pattern:
        return Mapped(Texts(NO_LIMITS), lambda text: re.compile(re.escape(text)))
    if isinstance(kind, Unknown):
        raise CannotMeet(
            f"the annotation {kind.annotation!r} names what is not known: {kind.why}; "
            "an import under TYPE_CHECKING is not enough",
            fix="import it in the model's module, or give the field a source",
        )
    if isinstance(kind, str | typing.ForwardRef):
        raise CannotMeet(f"the name {kind!r} in an annotation is not known", fix="import it")
    if origin is collections.abc.Callable:
        raise CannotMeet("no function can be made up", fix="give the field a source")
    if "pydantic" in sys.modules and origin is not None:
        from belljar.data.sources.pydantic_types import pydantic_source

        found = pydantic_source(kind, origin, arguments, limits, name)
        if found is not None:
            return found
    from belljar.data.shape.reading import has_shape
    from belljar.data.sources.nested import Nested

    if has_shape(kind):
        return Nested(kind)
    if inspect.isclass(origin):
        return _of_subclass(origin, limits, name)
    raise CannotMeet(f"nothing is known of the type {kind!r}", fix="give the field a source")


def _of_subclass(kind: type, limits: Limits, name: str) -> Source:
    if hasattr(kind, "__get_pydantic_core_schema__"):
        return Adapted(kind, limits, name)
    for base in kind.__mro__[1:]:
        # class Cents(int)
        if base in _SCALARS or base is str:
            return Mapped(source_for(base, limits, name), kind)
    raise CannotMeet(
        f"nothing is known of the type {kind.__module__}.{kind.__qualname__}",
        fix="give the field a source: drawn(lambda draw: ...)",
    )
