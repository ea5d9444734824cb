"""Matchers: what an expectation wants of a value, and how a value differs from that.

    mock.expect("POST", "/pets", json={"name": regex("^M"), "kind": "cat"})

A plain value is compared in part: an object has to have the named keys, a list the same elements.
`exact(...)` compares the whole, `regex(...)` texts, `anything` needs the key, `absent` needs that
there is none, and any function of the value that returns a truth value does, in the test's own process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from belljar.mocks.openapi.errors import BadExpectation
from belljar.mocks.openapi.validating import shown

__all__ = [
    "Callables",
    "Matcher",
    "absent",
    "anything",
    "as_json",
    "differences",
    "exact",
    "regex",
    "told",
]

# Of the test's own process, by number: functions can't be sent.
Callables = dict[str, Callable[[Any], Any]]

_MARK = "$belljar"
_NOTHING: Any = object()


@dataclass(frozen=True)
class Matcher:
    """One of `exact`, `regex`, `anything`, `absent`."""

    kind: str
    value: Any = None

    def __repr__(self) -> str:
        return self.kind if self.kind in ("anything", "absent") else f"{self.kind}({self.value!r})"


anything = Matcher("anything")
absent = Matcher("absent")


def exact(value: Any) -> Matcher:
    """Return a matcher of this very value, and nothing more or less."""
    return Matcher("exact", value)


def regex(pattern: str) -> Matcher:
    """Return a matcher of texts in which the pattern is found. Raises `BadExpectation`."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadExpectation(f"regex({pattern!r}): {error}; mend the pattern") from None
    return Matcher("regex", pattern)


def as_json(value: Any, callables: Callables | None) -> Any:
    """Return a matcher as JSON has it. Raises `BadExpectation` for what can't be sent."""
    if isinstance(value, Matcher):
        return {_MARK: value.kind, "value": value.value}
    if isinstance(value, Mapping):
        return {str(key): as_json(inner, callables) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(inner, callables) for inner in value]
    if isinstance(value, re.Pattern):
        return as_json(regex(value.pattern), callables)
    if callable(value):
        if callables is None:
            raise BadExpectation(
                f"{value!r} is a function, and this mock runs in another process; use regex(...), "
                "exact(...) or plain values, or OpenApiMock(...) in the test's own process"
            )
        number = str(len(callables))
        callables[number] = value
        return {_MARK: "call", "value": number}
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise BadExpectation(
        f"{value!r} is a {type(value).__name__}, which JSON does not have; give what JSON has"
    )


def told(wanted: Any) -> str:
    """Return a matcher of JSON as people write it: `{"name": regex("^M")}`."""
    if isinstance(wanted, dict):
        kind = wanted.get(_MARK)
        if kind == "call":
            return "a function"
        if kind is not None:
            plain = kind in ("anything", "absent")
            return str(kind) if plain else f"{kind}({shown(wanted['value'])})"
        return "{" + ", ".join(f"{shown(key)}: {told(its)}" for key, its in wanted.items()) + "}"
    if isinstance(wanted, list):
        return "[" + ", ".join(map(told, wanted)) + "]"
    return shown(wanted)


def differences(
    wanted: Any, value: Any, at: str, callables: Callables, *, texts: bool = False
) -> list[str]:
    """Return how a value differs from what is wanted; nothing where it does not.

    With `texts` values are compared as the texts that stand in a query or a header.
    """
    kind = wanted.get(_MARK) if isinstance(wanted, dict) else None
    if kind == "absent":
        return [] if value is _NOTHING else [f"{at} is there: {shown(value)}"]
    if value is _NOTHING:
        return [f"{at} is missing"]
    if kind == "anything":
        return []
    if kind == "exact":
        same = _same(wanted["value"], value)
        return [] if same else [f"{at} is {shown(value)}, and not just {shown(wanted['value'])}"]
    if kind == "regex":
        found = isinstance(value, str) and re.search(wanted["value"], value)
        return [] if found else [f"{at} is {shown(value)}, and does not match {wanted['value']}"]
    if kind == "call":
        function = callables[wanted["value"]]
        name = getattr(function, "__name__", "the function")
        return [] if function(value) else [f"{at} is {shown(value)}, and {name} refuses it"]
    if isinstance(wanted, dict) and isinstance(value, dict):
        return [
            text
            for key, inner in wanted.items()
            for text in differences(
                inner, value.get(key, _NOTHING), f"{at}/{key}", callables, texts=texts
            )
        ]
    if isinstance(wanted, list) and isinstance(value, list):
        if len(wanted) != len(value):
            return [f"{at} has {len(value)} elements, and not {len(wanted)}: {shown(value)}"]
        return [
            text
            for index, (inner, its) in enumerate(zip(wanted, value, strict=True))
            for text in differences(inner, its, f"{at}/{index}", callables, texts=texts)
        ]
    if _same(wanted, value) or (texts and _as_text(wanted) == _as_text(value)):
        return []
    return [f"{at} is {shown(value)}, and not {shown(wanted)}"]


def _same(one: Any, other: Any) -> bool:
    """Whether two values are the same in JSON, where `true` is no 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
