"""`fitted`: the objects that a factory asks for, in the collection that the field's type names; others are refused."""

from __future__ import annotations

import collections
import inspect
from collections.abc import Callable, Collection, Iterable
from typing import Any, get_args, get_origin

from belljar.data.errors import CannotMeet
from belljar.data.shape.reading import has_shape
from belljar.data.shape.shape import Field
from belljar.data.sources.given import Many, One
from belljar.data.sources.source import Source

__all__ = ["fitted"]

_KINDS: dict[Any, Callable[[list[Any]], Any]] = {
    set: set,
    frozenset: frozenset,
    tuple: tuple,
    collections.deque: collections.deque,
}


def fitted(source: Source, field: Field, title: str) -> Source:
    """Return a source whose values are what the field's type says. Raises CannotMeet for one whose never are."""
    if not isinstance(source, One):
        return source
    kind = get_origin(field.type) or field.type
    collection = _is_collection(kind)
    place = f"{title}.{field.name}"
    asked = getattr(source.model, "__name__", str(source.model))
    if not isinstance(source, Many):
        if collection:
            raise CannotMeet(
                "there are several, and one(...) gives one object",
                place=place,
                fix=f"{field.name} = many({asked}, 1)",
            )
        _check_model(source, field.type, place)
        return source
    if not collection and _is_one(field.type):
        raise CannotMeet(
            "it is one object, and many(...) gives a list",
            place=place,
            fix=f"{field.name} = one({asked})",
        )
    if collection and (arguments := get_args(field.type)):
        _check_model(source, arguments[0], place)
    made = _KINDS.get(kind)
    return (
        source
        if made is None
        else Many(source.model, (source.low, source.high), source.values, made)
    )


def _is_collection(kind: Any) -> bool:
    if not inspect.isclass(kind) or issubclass(kind, str | bytes | dict) or has_shape(kind):
        return False
    return issubclass(kind, Collection) or kind is Iterable


def _is_one(kind: Any) -> bool:
    return has_shape(kind) or kind in (int, float, str, bytes, bool)


def _check_model(source: One, wanted: Any, place: str) -> None:
    model = getattr(source.model, "model", None) if _is_factory(source.model) else source.model
    model, wanted = get_origin(model) or model, get_origin(wanted) or wanted
    if not (has_shape(wanted) and inspect.isclass(model) and inspect.isclass(wanted)):
        return
    try:
        fits = issubclass(model, wanted)
    except TypeError:
        # A TypedDict is no class of its values.
        return
    if not fits:
        raise CannotMeet(
            f"it is of {wanted.__name__}, and {model.__name__} is something else",
            place=place,
            fix=f"name {wanted.__name__}, a class of its kind, or a factory of one",
        )


def _is_factory(model: Any) -> bool:
    return inspect.isclass(model) and isinstance(getattr(model, "sources", None), dict)
