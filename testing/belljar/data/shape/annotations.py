"""`understood`: what an annotation says: the type, whether None may be, and the limits of a value."""

from __future__ import annotations

import dataclasses
import re
import sys
import types
import typing
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from belljar.data.shape.limits import NO_LIMITS, Limits

__all__ = [
    "JsonText",
    "Understood",
    "Unknown",
    "is_json",
    "limits_of",
    "replaced",
    "resolved",
    "understood",
]

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
    "uuid_version": "version",
    "path_type": "path",
}


# What a text is asked that is hardly ever so by chance.
_PREDICATES: dict[Any, str] = {
    str.isdigit: "^[0-9]+$",
    str.isdecimal: "^[0-9]+$",
    str.isnumeric: "^[0-9]+$",
    str.isalpha: "^[a-zA-Z]+$",
    str.isalnum: "^[a-zA-Z0-9]+$",
}


@dataclasses.dataclass(frozen=True)
class JsonText:
    """The type of a text that is JSON of another type: pydantic's `Json[list[int]]`."""

    inner: Any


@dataclasses.dataclass(frozen=True)
class Unknown:
    """An annotation with a name in it that is not known: imported for type checkers alone, or misspelt."""

    annotation: Any
    why: str

    @property
    def nullable(self) -> bool:
        """Whether it says that None may be."""
        return re.search(r"\b(None|Optional)\b", str(self.annotation)) is not None


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


def resolved(annotation: Any, owner: Any) -> Any:
    """Return an annotation that may be a text, seen from the module of `owner`; NameError if it can't be."""
    if not isinstance(annotation, str | typing.ForwardRef):
        return replaced(annotation, lambda one: one if one is typing.Self else resolved(one, owner))
    text = annotation if isinstance(annotation, str) else annotation.__forward_arg__
    module = sys.modules.get(getattr(owner, "__module__", ""), None)
    names = {**vars(typing), **(vars(module) if module else {})}
    names.setdefault(getattr(owner, "__name__", ""), owner)
    try:
        found = eval(text, names)
    except NameError:
        # A class inside a test may name others there: those who ask for it can see them.
        found = eval(text, names, _Callers(sys._getframe(1)))
    # Quoted, in a module whose annotations are texts anyway.
    return resolved(found, owner)


def replaced(annotation: Any, change: Callable[[Any], Any]) -> Any:
    """Return an annotation with its quoted parts, and `Self`, as `change` has them: `list["Order"]`."""
    if isinstance(annotation, str | typing.ForwardRef) or annotation is typing.Self:
        return change(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (None, Literal):
        return annotation
    # What else stands in Annotated are texts of its own.
    count = 1 if origin is Annotated else len(arguments)
    read = [replaced(one, change) for one in arguments[:count]]
    if all(one is other for one, other in zip(read, arguments, strict=False)):
        return annotation
    read += arguments[count:]
    return (Union if origin is types.UnionType else origin)[tuple(read)]


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
    if get_origin(one) is Annotated:
        # at.LowerCase, which wants to be at.LowerCase[str], says what it says.
        yield limits_of(get_args(one)[1:])
        return
    kind = type(one).__name__
    if kind == "Predicate":
        yield Limits(accepts=(one.func,), pattern=_PREDICATES.get(one.func))
        return
    if kind in ("EncodedStr", "EncodedBytes") and "Base64" in getattr(one.encoder, "__name__", ""):
        yield Limits(choices=_encoded(kind == "EncodedBytes"))
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


def _encoded(as_bytes: bool) -> tuple[str | bytes, ...]:
    # What nobody would find by chance: a text in base64.
    from belljar.data.sources.words import WORDS

    found = [b64encode(word.encode()) for word in WORDS[:64]]
    return tuple(one if as_bytes else one.decode() for one in found)


def _attributes(one: Any) -> Limits:
    said: dict[str, Any] = {}
    if isinstance(one, type):
        # pydantic allows `Annotated[str, Tag]`; a class itself says nothing.
        return NO_LIMITS
    slots = getattr(type(one), "__slots__", None) or ()
    names = (slots,) if isinstance(slots, str) else slots
    values = {**{n: getattr(one, n, None) for n in names}, **getattr(one, "__dict__", {})}
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
