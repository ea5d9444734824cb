"""`is_other_kind`: whether a value clearly is not of a type; what is not known, or converted, is left alone."""

from __future__ import annotations

import enum
import inspect
from collections import deque
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from belljar.data.shape.annotations import understood

__all__ = ["is_other_kind"]

# The first that fits: a bool is an int, and a datetime a date.
_FAMILIES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("text", (str,)),
    ("truth", (bool,)),
    ("whole", (int,)),
    ("number", (float, Decimal, Fraction)),
    ("bytes", (bytes, bytearray, memoryview)),
    ("instant", (datetime,)),
    ("day", (date,)),
    ("time", (time,)),
    ("span", (timedelta,)),
    ("uuid", (UUID,)),
    ("mapping", (dict,)),
    ("list", (list, tuple, set, frozenset, deque)),
)
_ALSO = {"number": {"whole", "truth"}, "whole": {"truth"}, "day": {"instant"}}


def is_other_kind(value: Any, wanted: Any, *, stored: bool = False) -> bool:
    """Whether a value is none of the type's. What is `stored` may be what a database makes one of."""
    wanted = understood(wanted).type
    kind = get_origin(wanted) or wanted
    if kind is Union:
        return all(is_other_kind(value, one, stored=stored) for one in get_args(wanted))
    if kind is Literal:
        return not any(value == one for one in get_args(wanted))
    if not inspect.isclass(kind):
        return False
    if issubclass(kind, enum.Enum):
        if issubclass(kind, enum.Flag):
            return False
        return not any(value in (one, one.value, one.name) for one in kind)
    try:
        if isinstance(value, kind):
            return False
    except TypeError:
        # A TypedDict, or a protocol.
        return False
    ours, theirs = _family(kind), _family(type(value))
    if ours is None or theirs is None or ours == theirs or theirs in _ALSO.get(ours, ()):
        return False
    if ours == "whole" and theirs == "number":
        return bool(value != value // 1)
    if ours == "truth" and theirs == "whole":
        return value not in (0, 1)
    return not (stored and _converted(value, ours, theirs))


def _converted(value: Any, ours: str, theirs: str) -> bool:
    """Whether a database, or its driver, takes one for the other."""
    if theirs == "text" and ours in ("whole", "number"):
        try:
            Decimal(value)
        except ArithmeticError:
            return False
        return True
    if theirs == "text":
        return ours not in ("truth", "list", "mapping")
    return (ours, theirs) in {("instant", "day"), ("text", "uuid"), ("span", "whole")}


def _family(kind: type) -> str | None:
    for name, kinds in _FAMILIES:
        if issubclass(kind, kinds):
            return name
    return "mapping" if issubclass(kind, Mapping) else None
