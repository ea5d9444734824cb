"""`Texts`: a column's values as COPY's texts, a block at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from belljar.data.bulk.errors import BulkFailed
from belljar.data.scenarios.copying import NULL, escaped
from belljar.data.scenarios.errors import shortened
from belljar.data.scenarios.python_values import cell_of
from belljar.data.scenarios.schema import Column
from belljar.data.scenarios.values_postgres import text_of
from belljar.data.scenarios.wanted import Wrong

__all__ = ["Texts"]

Bind = Callable[[Any], Any]
_SPECIAL = ("\\", "\t", "\n", "\r", "\0")
_NONE = type(None)
# Whose `str` PostgreSQL reads.
_PLAIN = {int, float, Decimal, bool, date, datetime, time, timedelta, UUID}
_MOST = 8192


class Texts:
    """Turns values of one column into texts; `bind` is what SQLAlchemy's type does with a value."""

    def __init__(self, column: Column, bind: Bind | None) -> None:
        self._column = column
        self._bind = bind
        self._known = _Known(self._one)
        self._simple = bind is None and column.kind != "json"

    def of(self, values: Sequence[Any]) -> Sequence[str]:
        """Return the texts of a block."""
        kinds = set(map(type, values))
        if self._simple and kinds <= _PLAIN:
            return list(map(str, values))
        if self._simple and kinds == {str} and not self._column.kind:
            joined = "".join(values)
            if any(mark in joined for mark in _SPECIAL):
                return list(map(self._one, values))
            return values
        kinds.discard(_NONE)
        if self._simple and kinds <= _PLAIN:
            return [NULL if value is None else str(value) for value in values]
        if len(kinds) == 1 and issubclass(kinds.pop(), Enum):
            return list(map(self._known.__getitem__, values))
        return list(map(self._one, values))

    def _one(self, value: Any) -> str:
        if value is None:
            return NULL
        if self._bind is not None:
            value = self._bind(value)
        try:
            cell = cell_of(value, 0)
            return NULL if cell.value is None else escaped(text_of(self._column, cell))
        except Wrong as wrong:
            raise BulkFailed(
                f"{self._column.name} = {shortened(value)}: {wrong.text}",
                fix=wrong.fix or "give its factory a source for that field",
            ) from None


class _Known(dict[Any, str]):
    """Texts of values that were there before; not of all of them."""

    def __init__(self, make: Callable[[Any], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, value: Any) -> str:
        text = self._make(value)
        if len(self) < _MOST:
            self[value] = text
        return text
