"""`value_for`: a value that a column of some type accepts, another one for each number."""

from __future__ import annotations

import datetime
import decimal
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import types

__all__ = ["NoValue", "candidates", "value_for"]

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
DIGITS = "abcdefghijklmnopqrstuvwxyz"
# Types of PostgreSQL that share no class with others, mostly as it reads them from a text.
TEXTS: dict[str, Callable[[int], object]] = {
    "INTERVAL": lambda n: datetime.timedelta(hours=n),
    "INET": lambda n: f"127.0.{n // 256 % 256}.{n % 256}",
    "CIDR": lambda n: f"127.0.{n % 256}.0/24",
    "MACADDR": lambda n: f"02:00:00:00:{n // 256 % 256:02x}:{n % 256:02x}",
    "TSVECTOR": lambda n: f"word{n}",
    "INT4RANGE": lambda n: f"[{2 * n},{2 * n + 1})",
    "INT8RANGE": lambda n: f"[{2 * n},{2 * n + 1})",
    "NUMRANGE": lambda n: f"[{2 * n},{2 * n + 1})",
    "DATERANGE": lambda n: f"[{_day(2 * n)},{_day(2 * n + 1)})",
    "TSRANGE": lambda n: f"[{_day(2 * n)},{_day(2 * n + 1)})",
    "TSTZRANGE": lambda n: f"[{_day(2 * n)} 00:00Z,{_day(2 * n + 1)} 00:00Z)",
    "HSTORE": lambda n: f"n=>{n}",
    "MONEY": lambda n: str(n),
    "BIT": lambda n: "1",
    "OID": lambda n: str(n),
}
# Shapes that checks of texts often ask for.
SHAPES = (
    "A", "AB", "ABC", "abc", "a", "1", "12345", "1.5", "a@example.com", "https://example.com/",
    "2026-01-01", "00:00", "+15550100", "en", "en-GB", "{}", "", "#aabbcc",
)  # fmt: skip


class NoValue(LookupError):
    """No value is known for a type."""


def value_for(kind: types.TypeEngine[Any], number: int) -> object:
    """Return the value with that number, as SQLAlchemy or the database's text input takes it.

    Numbers give different values, as far as the type has so many. Raises `NoValue`.
    """
    name = type(kind).__name__.upper()
    if name in TEXTS:
        return TEXTS[name](number)
    if name == "DOMAIN":
        return value_for(kind.data_type, number)  # type: ignore[attr-defined]  # PostgreSQL's own
    for known, make in _MAKERS:
        if isinstance(kind, known):
            return make(kind, number)
    raise NoValue(str(kind))


def candidates(kind: types.TypeEngine[Any], check: str, number: int) -> Iterator[object]:
    """Yield values that a check constraint with this text may let pass, the likely ones first."""
    quoted = [text.replace("''", "'") for text in re.findall(r"'((?:[^']|'')*)'", check)]
    numbers = [decimal.Decimal(text) for text in re.findall(r"(?<![\w'.])\d+(?:\.\d+)?", check)]
    name = type(kind).__name__.upper()
    if name == "DOMAIN":
        kind = kind.data_type  # type: ignore[attr-defined]  # PostgreSQL's own
    if isinstance(kind, types.String):
        length = kind.length or 10_000
        lengths = [int(size) for size in numbers if 0 < size <= min(length, 1000)]
        texts = [*quoted, *(_text(size, number) for size in lengths), *SHAPES]
        yield from (text for text in texts if len(text) <= length)
    elif isinstance(kind, (types.Integer, types.Numeric, types.Float)):
        whole = isinstance(kind, types.Integer)
        near = [value + step for value in numbers for step in (0, 1, -1)]
        for value in [*near, *map(decimal.Decimal, (0, 1, -1, 2, 10, 100))]:
            yield int(value) if whole else value
    elif isinstance(kind, types.Boolean):
        yield from (True, False)
    elif isinstance(kind, (types.Date, types.DateTime)):
        for days in (number, 0, -1000, 1000, 100_000):
            moment = START + datetime.timedelta(days=days)
            yield moment.date() if isinstance(kind, types.Date) else _moment(kind, moment)
    yield None


def _text(length: int | None, number: int) -> str:
    """Return a text no longer than `length`, another one for each number while they last."""
    room = length or 12
    digits = ""
    for _ in range(min(room, 6)):
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
        if not number:
            break
    # As long as the column allows, up to a point: a downgrade to a shorter one is then seen.
    return digits.rjust(min(room, 300), "x")


def _moment(kind: types.DateTime, moment: datetime.datetime) -> datetime.datetime:
    return moment if kind.timezone else moment.replace(tzinfo=None)


def _day(number: int) -> str:
    return (START + datetime.timedelta(days=number)).date().isoformat()


def _number(kind: Any, number: int) -> object:
    if kind.precision is None:
        return decimal.Decimal(number)
    scale = kind.scale or 0
    whole = 10 ** (kind.precision - scale)
    return decimal.Decimal(number % whole) if whole > 1 else decimal.Decimal(0)


def _array(kind: Any, number: int) -> object:
    return [value_for(kind.item_type, number)]


_MAKERS: tuple[tuple[type[Any], Callable[[Any, int], object]], ...] = (
    (types.Enum, lambda kind, n: kind.enums[n % len(kind.enums)] if kind.enums else None),
    (types.Uuid, lambda kind, n: uuid.UUID(int=n, version=4) if kind.as_uuid else str(uuid.UUID(int=n))),
    (types.Boolean, lambda kind, n: n % 2 == 0),
    (types.Integer, lambda kind, n: n),
    (types.Float, lambda kind, n: float(n)),
    (types.Numeric, _number),
    (types.DateTime, lambda kind, n: _moment(kind, START + datetime.timedelta(hours=n))),
    (types.Date, lambda kind, n: (START + datetime.timedelta(days=n)).date()),
    (types.Time, lambda kind, n: datetime.time(n // 60 % 24, n % 60)),
    (types.Interval, lambda kind, n: datetime.timedelta(hours=n)),
    (types.JSON, lambda kind, n: {"n": n}),
    (types.ARRAY, _array),
    (types.LargeBinary, lambda kind, n: b"\x00" + str(n).encode()),
    (types.String, lambda kind, n: _text(kind.length, n)),
)  # fmt: skip
