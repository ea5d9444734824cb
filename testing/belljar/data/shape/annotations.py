"""`understood`: what an annotation says: the type, whether None may be, and the limits of a value."""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from belljar.data.shape.limits import NO_LIMITS, Limits

__all__ = ["JsonText", "Understood", "is_json", "limits_of", "resolved", "understood"]

_WRAPPERS = {"ClassVar", "Final", "Required", "NotRequired", "ReadOnly", "InitVar", "Mapped"}
# Names as annotated_types and pydantic write them, and ours.
_SAID = {
    "ge": "low",
    "le": "high",
    "multiple_of": "multiple_of",
    "min_length": "min_length",
    "max_length": "max_length",
    "pattern": "pattern",
    "regex": "pattern",
    "max_digits": "precision",
    "decimal_places": "scale",
}


@dataclasses.dataclass(frozen=True)
class JsonText:
    """The type of a text that is JSON of another type: pydantic's `Json[list[int]]`."""

    inner: Any


def is_json(metadata: Any) -> bool:
    """Whether an annotation's metadata say that the value is a JSON text."""
    kind = metadata if isinstance(metadata, type) else type(metadata)
    return kind.__name__ == "Json" and kind.__module__.startswith("pydantic")


class Understood(NamedTuple):
    """What an annotation says."""

    type: Any
    nullable: bool
    limits: Limits


def understood(annotation: Any, variables: Mapping[Any, Any] | None = None) -> Understood:
    """Return the type without None and metadata, and what both said.

    `variables` are the arguments that a generic class was given.
    """
    limits, nullable = NO_LIMITS, False
    while True:
        origin = get_origin(annotation)
        if annotation is None:
            return Understood(type(None), True, limits)
        if variables and annotation in _hashable(annotation, variables):
            annotation = variables[annotation]
        elif origin is Annotated:
            annotation, *metadata = get_args(annotation)
            limits = limits.both(limits_of(metadata))
            if any(is_json(one) for one in metadata):
                return Understood(JsonText(annotation), nullable, limits)
        elif isinstance(annotation, dataclasses.InitVar):
            annotation = annotation.type
        elif _name(origin) in _WRAPPERS and get_args(annotation):
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        elif isinstance(annotation, typing.TypeVar):
            annotation = _of_variable(annotation)
        elif origin in (Union, types.UnionType):
            kept = [one for one in get_args(annotation) if one is not type(None)]
            nullable = nullable or len(kept) < len(get_args(annotation))
            if len(kept) != 1:
                return Understood(Union[tuple(kept)], nullable, limits)  # noqa: UP007
            annotation = kept[0]
        elif variables and get_args(annotation):
            return Understood(_substituted(annotation, variables), nullable, limits)
        else:
            return Understood(annotation, nullable, limits)


def resolved(annotation: Any, owner: Any, extra: Mapping[str, Any] | None = None) -> Any:
    """Return an annotation that may be a text, seen from the module of `owner`; NameError if it can't be."""
    if not isinstance(annotation, str | typing.ForwardRef):
        return annotation
    text = annotation if isinstance(annotation, str) else annotation.__forward_arg__
    module = sys.modules.get(getattr(owner, "__module__", ""), None)
    names = {**vars(typing), **(vars(module) if module else {}), **(extra or {})}
    names.setdefault(getattr(owner, "__name__", ""), owner)
    try:
        found = eval(text, names)
    except NameError:
        # A class inside a test may name others there: those who ask for it can see them.
        found = eval(text, names, _Callers(sys._getframe(1)))
    # Quoted, in a module whose annotations are texts anyway.
    return resolved(found, owner, extra) if isinstance(found, str) else found


class _Callers(dict[str, Any]):
    """The names that the callers of a function know."""

    def __init__(self, frame: types.FrameType) -> None:
        super().__init__()
        self._frame = frame

    def __missing__(self, name: str) -> Any:
        frame: types.FrameType | None = self._frame
        while frame is not None:
            # Ours have names of their own, which mean nothing here.
            if (
                not frame.f_globals.get("__name__", "").startswith("belljar.")
                and name in frame.f_locals
            ):
                return frame.f_locals[name]
            frame = frame.f_back
        raise KeyError(name)


def limits_of(metadata: Iterable[Any]) -> Limits:
    """Return what the metadata of an annotation says."""
    limits = NO_LIMITS
    for one in metadata:
        for said in _spoken(one):
            limits = limits.both(said)
    return limits


def _spoken(one: Any) -> Iterator[Limits]:
    """Yield what one piece of metadata says; nothing for what is no limit."""
    if isinstance(one, Limits):
        yield one
        return
    if hasattr(one, "metadata") and type(one).__name__ == "FieldInfo":
        yield limits_of(one.metadata)
        return
    kind = type(one).__name__
    if kind == "Predicate":
        yield Limits(accepts=(one.func,))
        return
    if kind == "Not":
        yield Limits(accepts=(lambda value: not one.func(value),))
        return
    if kind == "Timezone":
        yield Limits(aware=one.tz is not None)
        return
    if kind == "StringConstraints" or not isinstance(one, Iterable) or isinstance(one, str):
        yield _attributes(one)
        return
    # annotated_types groups some, like Interval.
    if getattr(one, "__is_annotated_types_grouped_metadata__", lambda: None) and kind in (
        "Interval",
        "Len",
    ):
        yield _attributes(one)


def _attributes(one: Any) -> Limits:
    said: dict[str, Any] = {}
    slots = getattr(one, "__slots__", ())
    values = {**{n: getattr(one, n, None) for n in slots}, **getattr(one, "__dict__", {})}
    for name, value in values.items():
        if value is None:
            continue
        if name in _SAID:
            said[_SAID[name]] = value
        elif name == "gt":
            said.update(low=value, above=True)
        elif name == "lt":
            said.update(high=value, below=True)
        elif name == "to_upper" and value:
            said["case"] = "upper"
        elif name == "to_lower" and value:
            said["case"] = "lower"
        elif name == "tz_constraint":
            said["aware"] = value == "aware"
    if "pattern" in said:
        said["pattern"] = getattr(said["pattern"], "pattern", said["pattern"])
    return Limits(**said) if said else NO_LIMITS


def _hashable(annotation: Any, variables: Mapping[Any, Any]) -> Mapping[Any, Any]:
    try:
        hash(annotation)
    except TypeError:
        return {}
    return variables


def _name(origin: Any) -> str:
    return getattr(origin, "__name__", "") or getattr(origin, "_name", "") or ""


def _of_variable(variable: typing.TypeVar) -> Any:
    default = getattr(variable, "__default__", None)
    if default is not None and type(default).__name__ != "NoDefaultType":
        return default
    if variable.__constraints__:
        return variable.__constraints__[0]
    return variable.__bound__ or str


def _substituted(annotation: Any, variables: Mapping[Any, Any]) -> Any:
    parameters = getattr(annotation, "__parameters__", ())
    if not parameters:
        return annotation
    return annotation[tuple(variables.get(one, one) for one in parameters)]
