"""`page`: a part of a list, newest first, between cursors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from belljar.mocks.payments.calls import Call, Listed
from belljar.mocks.payments.checks import integer, text
from belljar.mocks.payments.errors import invalid, no_such
from belljar.mocks.payments.forms import Params
from belljar.mocks.payments.records import render
from belljar.mocks.payments.state import Record

__all__ = ["CURSORS", "limit_of", "page", "within"]

# The parameters that every list has.
CURSORS = "limit starting_after ending_before"
COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def page(
    call: Call,
    kind: str,
    wanted: Callable[[Record], bool] = lambda _record: True,
) -> Listed:
    """The page of a collection that the cursors of the call ask for."""
    created = within(call.params)
    records = call.state.collections[kind]
    every = (
        record
        for record in reversed(records.values())
        if not record.get("deleted") and wanted(record) and created(record["created"])
    )
    return cut(call, every, lambda identifier: identifier in records, kind, render)


def cut(
    call: Call,
    newest_first: Iterable[Any],
    exists: Callable[[str], bool],
    kind: str,
    shown: Callable[[Any], dict[str, Any]],
) -> Listed:
    """The same of any objects that are or have an id."""
    params = call.params
    limit = limit_of(params)
    after, before = text(params, "starting_after"), text(params, "ending_before")
    if after and before:
        raise invalid(
            "You can only specify one of these parameters: starting_after, ending_before."
        )
    for name, cursor in (("starting_after", after), ("ending_before", before)):
        if cursor and not exists(cursor):
            raise no_such(kind, cursor, name, 400)
    found: list[Any] = []
    if before:
        for one in newest_first:
            if _id(one) == before:
                break
            found.append(one)
        more = len(found) > limit
        found = found[-limit:]
    else:
        started = not after
        more = False
        for one in newest_first:
            if not started:
                started = _id(one) == after
            elif len(found) == limit:
                more = True
                break
            else:
                found.append(one)
    return Listed([shown(one) for one in found], more, call.path)


def limit_of(params: Params) -> int:
    """How many to a page."""
    limit = integer(params, "limit")
    if limit is None:
        return 10
    if not 1 <= limit <= 100:
        bound = "less than or equal to 100" if limit > 100 else "greater than or equal to 1"
        raise invalid(
            f"This value must be {bound} (it currently is '{limit}').",
            "limit",
            "parameter_invalid_integer",
        )
    return limit


def within(params: Params) -> Callable[[int], bool]:
    """Whether a time is in what `created` asks for."""
    asked = params.get("created")
    if asked is None:
        return lambda _time: True
    if isinstance(asked, str):
        exact = integer(params, "created")
        return lambda time: time == exact
    if not isinstance(asked, dict) or not asked.keys() <= COMPARISONS.keys():
        raise invalid("Invalid created: use gt, gte, lt and lte", "created")
    bounds = [(COMPARISONS[name], integer(asked, name) or 0) for name in asked]
    return lambda time: all(holds(time, bound) for holds, bound in bounds)


def _id(one: Any) -> str:
    return str(one["id"] if isinstance(one, dict) else one.id)
