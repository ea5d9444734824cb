"""`value_of`: a scenario's value as SQLite stores it, if it fits what its column was declared to be.

SQLite itself would take anything. Times are stored as SQLAlchemy stores them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from uuid import UUID

from belljar.data.scenarios.schema import Column
from belljar.data.scenarios.sheets import Cell
from belljar.data.scenarios.wanted import Wrong
from belljar.data.scenarios.whole_texts import whole

__all__ = ["value_of"]

_TRUTH = {"true": 1, "t": 1, "1": 1, "yes": 1, "false": 0, "f": 0, "0": 0, "no": 0}
_LARGEST = 1 << 63
# The lengths of a UUID.
_HEX, _DASHED = 32, 36


def value_of(column: Column, cell: Cell) -> object:
    """Return it; raises `Wrong`."""
    if column.kind == "json":
        return _json(cell)
    if isinstance(cell.value, (list, dict)):
        what = "a list" if isinstance(cell.value, list) else "an object"
        raise Wrong(
            f"{what} for a column of type {column.type}", "write one value; JSON columns take any"
        )
    if isinstance(cell.value, str):
        whole(cell.value)
    read = _READERS.get(column.kind)
    if read is None:
        return cell.value
    try:
        return read(column, cell.value)
    except (ValueError, InvalidOperation):
        raise Wrong(f"this is no {column.kind}", _FIXES.get(column.kind, "")) from None


def _json(cell: Cell) -> str:
    if cell.raw is not None:
        return whole(cell.raw)
    try:
        json.loads(str(cell.value))
    except ValueError as error:
        raise Wrong(f"this is no JSON: {error}", 'a text has quotes in it: "\\"text\\""') from None
    return str(cell.value)


def _integer(_: Column, value: object) -> int:
    if isinstance(value, bool):
        raise ValueError
    number = int(str(value).strip())
    if not -_LARGEST <= number < _LARGEST:
        raise Wrong("an integer has 64 bits", f"{-_LARGEST} to {_LARGEST - 1}")
    return number


def _boolean(_: Column, value: object) -> int:
    try:
        return _TRUTH[str(value).strip().lower()]
    except KeyError:
        raise ValueError from None


def _number(_: Column, value: object) -> str:
    number = Decimal(str(value).strip())
    if isinstance(value, bool) or not number.is_finite():
        raise ValueError
    return str(value).strip()


def _datetime(_: Column, value: object) -> str:
    moment = datetime.fromisoformat(str(value).strip())
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(" ", "microseconds")


def _blob(_: Column, value: object) -> bytes:
    text = str(value)
    if not text.startswith("\\x"):
        raise ValueError
    return bytes.fromhex(text[2:])


def _text(column: Column, value: object) -> str:
    text = str(value)
    if column.limit == _HEX and len(text) == _DASHED:
        with suppress(ValueError):
            return UUID(text).hex  # as SQLAlchemy stores one
    if column.limit is not None and len(text) > column.limit:
        raise Wrong(f"{len(text)} characters are too long for {column.type}", "shorten it")
    return text


_READERS: dict[str, Callable[[Column, object], object]] = {
    "integer": _integer,
    "boolean": _boolean,
    "real": _number,
    "number": _number,
    "datetime": _datetime,
    "date": lambda _, value: date.fromisoformat(str(value).strip()).isoformat(),
    "time of day": lambda _, value: time.fromisoformat(str(value).strip()).isoformat(
        "microseconds"
    ),
    "blob": _blob,
    "uuid": lambda _, value: str(UUID(str(value).strip())),
    "text": _text,
}
_FIXES = {
    "integer": "digits only: 12",
    "real": "like 12.5",
    "number": "like 12.50",
    "boolean": "one of: true, false",
    "datetime": "like 2024-05-31 12:30:00",
    "date": "like 2024-05-31",
    "time of day": "like 12:30:00",
    "blob": "bytes are written in hex: \\x48656c6c6f",
    "uuid": "like 6fa459ea-ee8a-4ca4-894e-db77e160355e",
}
