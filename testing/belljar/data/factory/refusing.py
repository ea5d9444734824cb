"""What is said when no object can be made: model, field, constraint, what was tried, and the fix."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from belljar.data.errors import CannotMeet
from belljar.data.factory.row import Row

__all__ = ["cannot_build", "cannot_keep", "names_in", "shortened"]

_OWN = (str, bytes, float, Decimal, date, time, timedelta, list, dict, set, tuple)
_LONGEST = 60
_SHOWN = 5


def names_in(error: Exception, row: Row) -> set[str]:
    """Return the fields that a model's refusal is about; all that are drawn if it doesn't say."""
    drawn = set(row.plan.by_name)
    errors = getattr(error, "errors", None)
    if callable(errors):
        found: set[str] = set()
        for one in errors(include_url=False, include_context=False, include_input=False):
            location = one.get("loc") or ()
            found |= {str(part) for part in location[:1]} & drawn
        return found or drawn
    looked_at = _looked_at(error, row, drawn)
    return looked_at or drawn & row.plan.shape.validated or drawn


def _looked_at(error: Exception, row: Row, drawn: set[str]) -> set[str]:
    """Return the fields whose very values a validator had in hand when it raised what says no name."""
    found: set[str] = set()
    named: set[str] = set()
    trace = error.__traceback__
    while trace is not None:
        if not trace.tb_frame.f_globals.get("__name__", "").startswith(("belljar.", "pydantic")):
            held = list(trace.tb_frame.f_locals.values())
            # SQLAlchemy tells a validator which field it looks at.
            keys = {n for n in row.plan.shape.validated if any(n is one for one in held)}
            named |= keys & drawn if len(keys) == 1 else set()
            seen = {n for n in drawn if any(row.values.get(n) is one for one in held)}
            # An __init__ has them all in hand, and says nothing by it.
            found |= seen if len(seen) == 1 else set()
        trace = trace.tb_next
    # None, True and small numbers are the same object everywhere.
    return named or {name for name in found if isinstance(row.values.get(name), _OWN)}


def cannot_build(row: Row, error: Exception, tried: list[Any]) -> CannotMeet:
    """Return the error for a model that refuses every value."""
    names = sorted(names_in(error, row) & set(row.plan.by_name) - set(row.given))
    one = names[0] if len(names) == 1 else ""
    shown: dict[str, None] = {}
    for values in tried:
        said = shortened(values[one]) if one and one in values else shortened(values)
        shown[said] = None
    field = f".{one}" if one else ""
    source = one or (names[0] if names else "its fields")
    return CannotMeet(
        f"{_words(error)}; tried {len(tried)}: {', '.join(list(shown)[:_SHOWN])}",
        place=f"{row.plan.shape.title}{field}",
        choices=() if one else [f"fields that it may be about: {', '.join(names)}"],
        fix=f"give {row.plan.title} a source for it: {source} = drawn(lambda draw: ...)",
    )


def _words(error: Exception) -> str:
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return f"the model refuses it: {error}"
    first = errors(include_url=False, include_context=False, include_input=False)[0]
    return f"its validator refuses every value: {first['msg']}"


def cannot_keep(row: Row) -> CannotMeet:
    """Return the error for a CHECK, or a unique constraint, that no row was found for."""
    title = row.plan.shape.title
    check = row.broken()
    if check is not None:
        columns = row.plan.shape.by_column
        names = sorted(columns[name].name for name in check.columns if name in columns)
        values = {name: row.values.get(name) for name in names}
        called = f" {check.name}" if check.name else ""
        return CannotMeet(
            f"no row was found that keeps to CHECK{called}: {check.text}; the last was {shortened(values)}",
            place=f"{title}.{names[0]}" if len(names) == 1 else title,
            fix=f"give {row.plan.title} a source for {' or '.join(names)}",
        )
    groups = [group for group in row.plan.groups if group]
    said = " or ".join(f"({', '.join(group)})" for group in groups)
    return CannotMeet(
        f"no row was found whose {said} no other has; they are unique together",
        place=title,
        fix=f"make fewer of them, or give {row.plan.title} a source for one of them",
    )


def shortened(value: object) -> str:
    """Return a value as errors show it."""
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
