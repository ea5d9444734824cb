"""`fits`: whether a value is one that an annotation allows, as far as that can be told without doubt."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

__all__ = ["annotation_text", "fits", "hints_of", "signature_text"]


def fits(value: object, annotation: object) -> bool:
    """Tell whether it fits; what can't be told, as an unknown name or a type variable, does."""
    if annotation is Any or isinstance(annotation, str | TypeVar):
        return True
    if annotation is None:
        return value is None
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return any(fits(value, part) for part in get_args(annotation))
    if origin is Literal:
        return value in get_args(annotation)
    if origin in (typing.Annotated, typing.Final, typing.ClassVar):
        return fits(value, get_args(annotation)[0])
    if origin is type:
        return isinstance(value, type)
    kind = annotation if origin is None else origin
    if not isinstance(kind, type) or getattr(kind, "_is_protocol", False):
        return True
    if kind is float:
        return isinstance(value, float | int)
    try:
        return isinstance(value, kind)
    except TypeError:
        return True


def annotation_text(annotation: object) -> str:
    """Give an annotation as one writes it."""
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__name__
    return str(annotation).replace("typing.", "")


class _Written:
    """An annotation as it is written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def signature_text(signature: inspect.Signature) -> str:
    """Give a signature as one writes it, also where annotations are texts."""

    def plain(annotation: Any) -> Any:
        return _Written(annotation) if isinstance(annotation, str) else annotation

    parameters = [
        each.replace(annotation=plain(each.annotation)) for each in signature.parameters.values()
    ]
    returned = plain(signature.return_annotation)
    return str(signature.replace(parameters=parameters, return_annotation=returned))


def hints_of(thing: type | Callable[..., Any]) -> dict[str, Any]:
    """Give the annotations of a class or a function; those that can't be evaluated as they are written."""
    try:
        return typing.get_type_hints(thing)
    except Exception:
        # Names that are there for type checkers only.
        if not isinstance(thing, type):
            return dict(getattr(thing, "__annotations__", {}))
        found: dict[str, Any] = {}
        for base in reversed(thing.__mro__):
            found |= vars(base).get("__annotations__", {})
        return found
