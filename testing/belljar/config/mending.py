"""`mended`: what to write in place of a value that is of the wrong type, or refused."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

from belljar.config.shape import Shape

__all__ = ["mended"]

# The first that is among a type's members.
_EXAMPLES: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (int, "a whole number, as 5"),
    (float, "a number, as 0.5"),
    (Decimal, 'a number, as "0.50"'),
    (timedelta, "seconds, as 30, or PT30S"),
    (datetime, "a time, as 2025-06-15T12:00:00Z"),
    (date, "a date, as 2025-06-15"),
)
_LONGEST = 60


def mended(shape: Shape, kind: str = "type_error", *, quoted: bool = False) -> str:
    """Give the fix; `kind` is pydantic's name of the mistake, and `quoted` says that the value stands in quotes."""
    if kind == "extra_forbidden":
        return "leave it out"
    written = _written(shape) if _of_type(kind) else ""
    if written and quoted and not {bool, int, float}.isdisjoint(shape.members):
        written += ", without quotes"
    default = shape.default()
    if shape.required or default is None or shape.holds_secret:
        return f"write {written}" if written else "give another value there"
    text = json.dumps(default, default=str)
    rest = f"leave it out for its default, {text}" if len(text) <= _LONGEST else "leave it out"
    return f"write {written}; or {rest}" if written else f"give another value there, or {rest}"


def _of_type(kind: str) -> bool:
    return kind.endswith(("_type", "_parsing", "_parsing_size", "_error", "_from_float", "enum"))


def _written(shape: Shape) -> str:
    if shape.choices:
        return f"one of: {', '.join(json.dumps(each, default=str) for each in shape.choices)}"
    for known, words in _EXAMPLES:
        if known in shape.members:
            return words
    if shape.section:
        return f"a table of its keys: {', '.join(sorted(shape.keyed))}"
    if shape.each is not None:
        return 'a table; in a variable JSON, as {"a": ...}'
    if shape.item is not None:
        return "a list; in a variable JSON, as [...]"
    return 'a text, as "a"' if str in shape.members else ""
