"""`value_of`: what a SQL condition comes to for a row, with SQL's idea of NULL."""

from __future__ import annotations

import enum
import operator
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from belljar.data.shape.parsing import Tree

__all__ = ["UNKNOWN", "same_kind", "value_of"]


class _Unknown:
    """A value that is there, but not known yet: a key that the server will make."""

    def __repr__(self) -> str:
        return "<made later>"


UNKNOWN: Any = _Unknown()

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MATH: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "||": lambda a, b: f"{a}{b}",
}
_CALLS: dict[str, Callable[..., Any]] = {
    "length": len,
    "char_length": len,
    "character_length": len,
    "octet_length": lambda v: len(v if isinstance(v, bytes) else str(v).encode()),
    "cardinality": len,
    "array_length": lambda v, _=1: len(v) or None,
    "jsonb_array_length": len,
    "lower": lambda v: v.lower(),
    "upper": lambda v: v.upper(),
    "trim": lambda v: v.strip(" "),
    "btrim": lambda v: v.strip(" "),
    "abs": abs,
    "round": round,
    "substr": lambda v, at, n=None: v[at - 1 : None if n is None else at - 1 + n],
    "left": lambda v, n: v[:n],
    "right": lambda v, n: v[-n:],
}


def value_of(tree: Tree, row: Mapping[str, Any]) -> Any:
    """Return a value, None for NULL, or UNKNOWN if it hangs on a value that is made later.

    Raises LookupError for a function that is not known, TypeError for values that don't compare.
    """
    kind, *parts = tree
    if kind == "lit":
        return parts[0]
    if kind == "col":
        return row.get(parts[0], UNKNOWN)
    if kind == "now":
        return UNKNOWN
    if kind in ("and", "or"):
        return _joined(kind, [value_of(part, row) for part in parts])
    if kind == "null":
        value = value_of(parts[0], row)
        return value is None
    if kind == "not":
        value = value_of(parts[0], row)
        return value if value is None or value is UNKNOWN else not value
    if kind == "call" and parts[0] in ("coalesce", "num_nonnulls", "num_nulls"):
        values = [value_of(part, row) for part in parts[1:]]
        if parts[0] == "coalesce":
            return next((value for value in values if value is not None), None)
        there = sum(value is not None for value in values)
        return there if parts[0] == "num_nonnulls" else len(values) - there
    return _with_null(kind, parts, row)


def _with_null(kind: str, parts: list[Any], row: Mapping[str, Any]) -> Any:
    if kind == "same":
        left, right = (value_of(part, row) for part in parts)
        return UNKNOWN if UNKNOWN in (left, right) else left == right
    if kind == "is":
        value = value_of(parts[0], row)
        return UNKNOWN if value is UNKNOWN else value is parts[1]
    if kind == "list":
        return [value_of(part, row) for part in parts]
    if kind == "any":
        return value_of(parts[0], row)
    values = [value_of(part, row) for part in parts if isinstance(part, tuple)]
    if any(value is UNKNOWN for value in values):
        return UNKNOWN
    if kind == "in":
        value, *listed = values
        if value is None:
            return None
        return any(_equal(value, one) for one in listed if one is not None)
    if any(value is None for value in values):
        return None
    if kind == "cmp":
        return _compare(parts[0], *values)
    if kind == "math":
        return _MATH[parts[0]](*_even(*values))
    if kind == "call":
        return _CALLS[parts[0]](*values)
    if kind == "like":
        pattern = "".join({"%": ".*", "_": "."}.get(c) or re.escape(c) for c in values[1])
        return re.fullmatch(pattern, _text(values[0]), _flags(parts[2]) | re.DOTALL) is not None
    if kind == "match":
        return re.search(values[1], _text(values[0]), _flags(parts[2])) is not None
    raise LookupError(kind)


def _compare(sign: str, left: Any, right: Any) -> Any:
    if isinstance(right, list):
        return any(_equal(left, one) for one in right)
    if sign == "=":
        return _equal(left, right)
    if sign == "<>":
        return not _equal(left, right)
    return _COMPARE[sign](*_even(left, right))


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, enum.Enum):
        return right in (left, left.name, left.value)
    left, right = _even(left, right)
    return bool(left == right)


def _text(value: Any) -> str:
    return value.name if isinstance(value, enum.Enum) else str(value)


def _flags(folded: bool) -> re.RegexFlag:
    return re.IGNORECASE if folded else re.NOFLAG


def _joined(kind: str, values: list[Any]) -> Any:
    decisive = kind == "or"
    if any(
        value is not UNKNOWN and value is not None and bool(value) is decisive for value in values
    ):
        return decisive
    if any(value is UNKNOWN for value in values):
        return UNKNOWN
    return None if any(value is None for value in values) else not decisive


def _even(left: Any, right: Any) -> tuple[Any, Any]:
    return same_kind(left, right), same_kind(right, left)


def same_kind(value: Any, other: Any) -> Any:
    """Return `value` as something that compares with `other`: a text as a date, an int as a Decimal."""
    if isinstance(value, str) and isinstance(other, datetime):
        value = datetime.fromisoformat(value)
    elif isinstance(value, str) and isinstance(other, date):
        return date.fromisoformat(value[:10])
    elif isinstance(value, str) and isinstance(other, time):
        return time.fromisoformat(value)
    elif isinstance(value, str) and isinstance(other, int | float | Decimal):
        return type(other)(value)
    elif isinstance(value, float) and isinstance(other, Decimal):
        return Decimal(str(value))
    elif isinstance(value, int) and isinstance(other, timedelta):
        return timedelta(seconds=value)
    if isinstance(value, Decimal) and isinstance(other, float):
        return float(value)
    if isinstance(value, datetime) and isinstance(other, datetime):
        if value.tzinfo is None and other.tzinfo is not None:
            return value.replace(tzinfo=other.tzinfo)
    elif isinstance(value, date) and isinstance(other, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=other.tzinfo)
    return value
