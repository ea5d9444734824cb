"""`text_of`: a scenario's value as PostgreSQL's own text for it; whether it fits, PostgreSQL says."""

from __future__ import annotations

import json
import re
from decimal import Decimal

from belljar.data.scenarios.schema import Column
from belljar.data.scenarios.sheets import Cell
from belljar.data.scenarios.wanted import Wrong
from belljar.data.scenarios.whole_texts import whole

__all__ = ["text_of"]

_WORD = re.compile(r"[a-z]+")
# Words that PostgreSQL takes for a moment, and that mean another one tomorrow.
_MOVING = frozenset({"now", "today", "tomorrow", "yesterday"})


def text_of(column: Column, cell: Cell) -> str:
    """Return it; raises `Wrong` for what has no text."""
    value = cell.value
    if isinstance(value, str) and "\0" in value:
        raise Wrong("a text can't have the character NUL", "leave it out")
    if column.kind == "json" and cell.raw is not None:
        return whole(cell.raw)
    if column.kind == "array" and isinstance(value, str) and value.lstrip().startswith("["):
        value = _list(value)
    if isinstance(value, list):
        if column.type.endswith("multirange"):
            return _steady(column, whole("{" + ",".join(map(str, value)) + "}"))
        if column.kind != "array":
            raise Wrong(f"a list for a column of type {column.type}", _as_text(column))
        return _steady(column, whole(_array(value)))
    if isinstance(value, dict):
        raise Wrong(f"an object for a column of type {column.type}", _as_text(column))
    return _steady(column, whole(_plain(value, cell.raw)))


def _steady(column: Column, text: str) -> str:
    if column.clock and not _MOVING.isdisjoint(_WORD.findall(text.lower())):
        raise Wrong("this is another moment in each run", "write the moment itself")
    return text


def _as_text(column: Column) -> str:
    return f"write one value, or the text that PostgreSQL reads as {column.type}"


def _plain(value: object, raw: str | None = None) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal) and raw is not None:
        return raw  # as many digits as are written
    return str(value)


def _list(text: str) -> object:
    """Return a JSON list; the text itself if it is none."""
    try:
        value = json.loads(text, parse_float=Decimal)
    except ValueError:
        return text
    return value if isinstance(value, list) else text


def _array(values: list[object]) -> str:
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return _array(value)
    text = json.dumps(value, default=str) if isinstance(value, dict) else _plain(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
