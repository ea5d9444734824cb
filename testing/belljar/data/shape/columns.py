"""What a SQLAlchemy column's type says: the Python type of its values, and their limits."""

from __future__ import annotations

import enum
import inspect
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, get_args, get_origin
from uuid import UUID

from belljar.data.shape.annotations import understood
from belljar.data.shape.limits import NO_LIMITS, Limits

__all__ = ["limits_of_column", "type_of_column"]

_BITS = {"SmallInteger": 15, "BigInteger": 63, "SMALLINT": 15, "BIGINT": 63, "TINYINT": 7}
# Types that don't say their Python type, by class name.
_NAMED: dict[str, Any] = {
    "INET": str,
    "CIDR": str,
    "MACADDR": str,
    "MACADDR8": str,
    "JSON": dict[str, str],
    "JSONB": dict[str, str],
    "HSTORE": dict[str, str],
    "TSVECTOR": str,
    "BIT": str,
    "MONEY": str,
    "OID": int,
    "CITEXT": str,
    "LTREE": str,
    "REGCLASS": str,
    "INTERVAL": timedelta,
    "Interval": timedelta,
    "BYTEA": bytes,
}
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$"
_PATTERNS = {
    "INET": r"^192\.0\.2\.[1-9]$",
    "CIDR": r"^198\.51\.100\.[1-9]/32$",
    "MACADDR": r"^02(:[0-9a-f]{2}){5}$",
    "MACADDR8": r"^02(:[0-9a-f]{2}){7}$",
    "MONEY": r"^[1-9][0-9]{0,3}\.[0-9]{2}$",
    "LTREE": r"^[a-z]{2,6}(\.[a-z]{2,6}){0,2}$",
}


def type_of_column(kind: Any, hint: Any = None) -> Any:
    """Return the Python type of a column's values.

    What the class's annotation says (`hint`) is preferred where it says more than the column's type.
    """
    by_column = _python_type(kind)
    if hint is None or type(by_column).__name__ == "RangeOf":
        return by_column
    said = understood(hint).type
    if said in (Any, object) or isinstance(said, str):
        return by_column
    plain = get_origin(said) or said
    more = _is_decorated(kind) or (plain is not by_column and not _is_plain(plain))
    specific = said is not plain and plain in (list, dict, set, tuple, by_column)
    if plain in (list, dict) and said is plain and get_origin(by_column) is plain:
        return by_column
    if plain is list and _without_limits(by_column) == said:
        return by_column
    if plain is Decimal and by_column is float:
        return Decimal
    return said if more or specific or by_column is object else by_column


def _without_limits(kind: Any) -> Any:
    if get_origin(kind) is Annotated:
        return get_args(kind)[0]
    return list[_without_limits(get_args(kind)[0])] if get_origin(kind) is list else kind  # type: ignore[misc]  # worked out


def _is_plain(kind: Any) -> bool:
    return kind in (int, str, float, bool, bytes, Decimal, date, datetime, time, timedelta, UUID)


def _is_decorated(kind: Any) -> bool:
    return hasattr(kind, "process_bind_param") and hasattr(kind, "impl")


def _inner(kind: Any) -> Any:
    """Return the type that the database sees, of a TypeDecorator or a Variant."""
    if _is_decorated(kind):
        inner = kind.impl
        return _inner(inner() if inspect.isclass(inner) else inner)
    return kind


def _python_type(kind: Any) -> Any:
    if type(kind).__name__ == "Interval":
        # A TypeDecorator over DateTime, for databases without intervals.
        return timedelta
    inner = _inner(kind)
    name = type(inner).__name__
    if name in ("ARRAY", "Array"):
        nested: Any = _python_type(inner.item_type)
        limits = limits_of_column(inner.item_type, nested)
        if limits != NO_LIMITS:
            # An enum's labels, a text's length: of each item.
            nested = Annotated[nested, limits]
        for _ in range(inner.dimensions or 1):
            nested = list[nested]
        return nested
    if name == "DOMAIN":
        return _python_type(inner.data_type)
    if name.endswith(("RANGE", "Range")) and hasattr(inner, "__visit_name__"):
        return _range_of(name)
    enumerated = getattr(inner, "enum_class", None)
    if enumerated is not None:
        return enumerated
    for one in type(inner).__mro__:
        if one.__name__ in _NAMED:
            return _NAMED[one.__name__]
    if getattr(inner, "asdecimal", False) and hasattr(inner, "scale"):
        return Decimal
    try:
        found = inner.python_type
    except NotImplementedError:  # SQLAlchemy's word for a type that has no Python type
        return str
    return dict[str, str] if found is dict else found


def _range_of(name: str) -> Any:
    from belljar.data.sources.ranges import RangeOf

    lowered = name.upper().replace("MULTI", "")
    if lowered.startswith("INT"):
        return RangeOf(int, "MULTI" in name.upper())
    if lowered.startswith("NUM"):
        return RangeOf(Decimal, "MULTI" in name.upper())
    if lowered.startswith("DATE"):
        return RangeOf(date, "MULTI" in name.upper())
    return RangeOf(datetime, "MULTI" in name.upper(), aware=lowered.startswith("TSTZ"))


def limits_of_column(kind: Any, python: Any, stricter: Limits = NO_LIMITS) -> Limits:
    """Return what a column's type says of its values, and `stricter` besides, in the type's terms."""
    inner = _inner(kind)
    name = type(inner).__name__
    if name == "DOMAIN":
        return limits_of_column(inner.data_type, python, stricter)
    said: dict[str, Any] = {}
    length = getattr(inner, "length", None)
    if isinstance(length, int) and python in (str, bytes):
        said["max_length"] = length
        if name in ("CHAR", "BIT", "NCHAR"):
            said["min_length"] = length
    if name in _PATTERNS and python is str:
        said["pattern"] = _PATTERNS[name]
    if name in ("UUID", "Uuid", "UNIQUEIDENTIFIER") and python is str:
        said = {"pattern": _UUID}
    if name == "BIT":
        said["pattern"] = f"^[01]{{{inner.length or 1}}}$"
    if getattr(inner, "enums", None) and getattr(inner, "enum_class", None) is None:
        said = {"choices": tuple(inner.enums)}
    if python is int:
        names = [one.__name__ for one in type(inner).__mro__]
        said["bits"] = next((_BITS[one] for one in names if one in _BITS), 31)
    digits = getattr(inner, "precision", None)
    if python in (Decimal, float) and digits is not None and hasattr(inner, "scale"):
        said["precision"], said["scale"] = digits, inner.scale or 0
    if python is datetime or python is time:
        said["aware"] = bool(getattr(inner, "timezone", False))
    return Limits(**said).both(_in_terms_of(stricter, python))


def _in_terms_of(limits: Limits, python: Any) -> Limits:
    """Return limits that a CHECK gave, which are numbers and texts, as values of the field's type."""
    if limits == NO_LIMITS:
        return limits
    from dataclasses import replace

    if inspect.isclass(python) and issubclass(python, enum.Enum):
        excluded = tuple(m for m in python if {m.name, m.value} & set(limits.excluded))
        return replace(limits, excluded=excluded)
    return replace(
        limits,
        low=_as(limits.low, python),
        high=_as(limits.high, python),
        choices=None if limits.choices is None else tuple(_as(v, python) for v in limits.choices),
        excluded=tuple(_as(value, python) for value in limits.excluded),
    )


def _as(value: Any, python: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    try:
        if python in (int, float, str):
            return python(value)
        if python is Decimal:
            return Decimal(str(value))
        if python in (date, datetime, time) and isinstance(value, str):
            return python.fromisoformat(value)
        if python is timedelta and not isinstance(value, timedelta):
            return timedelta(seconds=float(value))
    except (TypeError, ValueError, ArithmeticError):
        return value
    return value
