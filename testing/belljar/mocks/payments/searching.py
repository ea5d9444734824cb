"""`matcher`: Stripe's search query language: `email:'a@b.c' AND metadata['k']:'v'`, `amount>100`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from belljar.mocks.payments.calls import Call, Listed
from belljar.mocks.payments.checks import required
from belljar.mocks.payments.errors import StripeError, invalid
from belljar.mocks.payments.lists import limit_of
from belljar.mocks.payments.records import render
from belljar.mocks.payments.state import Record

__all__ = ["matcher", "search"]

Matches = Callable[[Record], bool]

_CLAUSE = re.compile(
    r"""\s*(?P<not>-)?(?P<field>[a-z_.]+)(?:\[(?P<q>["'])(?P<key>[^"']+)(?P=q)\])?
    \s*(?P<op>:|~|>=|<=|>|<)\s*
    (?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"']+))\s*""",
    re.VERBOSE,
)
_JOIN = re.compile(r"\s*(AND|OR)\s", re.IGNORECASE)


def search(call: Call, kind: str, fields: str) -> Listed:
    """What of a collection matches the call's `query`, newest first."""
    matches = matcher(required(call.params, "query"), fields.split())
    limit = limit_of(call.params)
    page = call.params.get("page") or "0"
    if not (page.isascii() and page.isdigit() and len(page) <= 18):
        raise invalid("Invalid page token", "page")
    start = int(page)
    every = [
        record
        for record in reversed(call.state.collections[kind].values())
        if not record.get("deleted") and matches(record)
    ]
    more = len(every) > start + limit
    return Listed(
        [render(one) for one in every[start : start + limit]],
        more,
        call.path,
        "search_result",
        str(start + limit) if more else None,
    )


def matcher(query: str, fields: list[str]) -> Matches:
    """A function that tells whether a record matches. Raises a `StripeError` for a bad query."""
    clauses: list[Matches] = []
    joins: set[str] = set()
    place = 0
    while True:
        found = _CLAUSE.match(query, place)
        if found is None:
            raise _not_understood(query)
        clauses.append(_clause(found, fields))
        place = found.end()
        if place == len(query):
            break
        joined = _JOIN.match(query, max(place - 1, 0))
        if joined is None:
            raise _not_understood(query)
        joins.add(joined[1].upper())
        place = joined.end()
    if len(joins) > 1:
        raise invalid("You cannot combine AND and OR in a search query.", "query")
    every = all if joins != {"OR"} else any
    return lambda record: every(clause(record) for clause in clauses)


def _clause(found: re.Match[str], fields: list[str]) -> Matches:
    name, key, operator = found["field"], found["key"], found["op"]
    wanted = next(
        one for one in (found["double"], found["single"], found["bare"]) if one is not None
    )
    if name not in fields:
        raise invalid(
            f"Field `{name}` is an unsupported search field for resource. "
            f"Supported fields: {', '.join(fields)}",
            "query",
        )
    if (name == "metadata") != (key is not None):
        raise invalid("Metadata is searched as metadata['key']:'value'.", "query")

    def value(record: Record) -> Any:
        here = render(record)[name]
        return here.get(key) if key is not None else here

    def holds(record: Record) -> bool:
        has = value(record)
        if wanted.lower() == "null":
            return has is None
        if has is None:
            return False
        if operator == ":":
            return str(has).lower() == wanted.lower()
        if operator == "~":
            return wanted.lower() in str(has).lower()
        try:
            left, right = float(has), float(wanted)
        except ValueError:
            return False
        return {
            ">": left > right,
            ">=": left >= right,
            "<": left < right,
            "<=": left <= right,
        }[operator]

    return (lambda record: not holds(record)) if found["not"] else holds


def _not_understood(query: str) -> StripeError:
    return invalid(f"We were unable to parse your search query: {query}", "query")
