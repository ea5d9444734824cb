"""What a plan says of one fault: where, of which kind, with what, and when.

Rule("payments", "status", match={"path": "/v1/charges"}, values={"status": 503}, when=When(times=2))
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from belljar.faults.errors import BadParameter, ImpossibleFault
from belljar.faults.families import FAMILIES, family_named
from belljar.faults.kind import kind_named
from belljar.faults.parameters import Parameter, closest

__all__ = ["Rule", "When"]

_CONDITIONS = {
    parameter.name: parameter
    for parameter in (
        Parameter("times", int, None, "so often at most", low=1, optional=True),
        Parameter("skip", int, 0, "not at the first so many calls", low=0),
        Parameter("probability", float, None, "so likely", low=0, high=1, optional=True),
        Parameter("from_s", float, None, "not earlier, in seconds", low=0, optional=True),
        Parameter("until_s", float, None, "not later, in seconds", low=0, optional=True),
    )
}


@dataclass(frozen=True)
class When:
    """The conditions of a fault; all that are said must hold.

    Calls are counted from 1, those that the rule matches, from the moment it was planned; so are
    seconds. `calls` names them one by one: an empty one is never.
    """

    times: int | None = None
    calls: tuple[int, ...] | None = None
    skip: int = 0
    probability: float | None = None
    from_s: float | None = None
    until_s: float | None = None

    def check(self, place: str) -> None:
        """Refuse conditions that are of the wrong type, out of range, or never met."""
        for name, parameter in _CONDITIONS.items():
            parameter.check(getattr(self, name), f"{place}.{name}")
        if self.calls is not None:
            for index, call in enumerate(self.calls):
                where = f"{place}.calls[{index}]"
                Parameter("a call", int, low=1).check(call, where)
            if self.skip:
                raise ImpossibleFault(
                    f"skip is {self.skip}, and calls names them one by one",
                    place=place,
                    fix="leave one of the two out",
                )
        begin, end = self.from_s or 0.0, math.inf if self.until_s is None else self.until_s
        if begin >= end:
            raise ImpossibleFault(
                f"from_s is {self.from_s!r} and until_s is {self.until_s!r}: that is never",
                place=place,
                fix="let until_s be later",
            )

    def to_json(self) -> dict[str, Any]:
        """Give what differs from the default, as JSON has it."""
        given: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if value != item.default:
                given[item.name] = list(value) if isinstance(value, tuple) else value
        return given

    @classmethod
    def from_json(cls, given: object, place: str) -> When:
        """Read it, and check it."""
        table = a_table(given, place)
        known = tuple(item.name for item in fields(cls))
        for name in table:
            if name not in known:
                meant = closest(name, known)
                raise BadParameter(
                    f"{name!r} is no condition (given: {table[name]!r})",
                    place=place,
                    choices=known,
                    fix=f"write {meant!r}" if meant else f"leave {name!r} out",
                )
        calls = table.get("calls")
        if calls is not None and not isinstance(calls, list | tuple):
            raise BadParameter(
                f"calls is {calls!r}, and a list of whole numbers from 1 is expected",
                place=f"{place}.calls",
                fix=f"write [{calls}]" if isinstance(calls, int) else "write [1], for the first",
            )
        when = cls(**(table | {"calls": None if calls is None else tuple(calls)}))
        when.check(place)
        return when


@dataclass(frozen=True)
class Rule:
    """One fault of a plan. `values` are the kind's parameters, `match` tells which calls it is for."""

    on: str
    kind: str
    match: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    when: When = When()

    def check(self, place: str) -> None:
        """Refuse what is wrong whatever boundaries there are."""
        kind = kind_named(self.kind, f"{place}.kind")
        kind.whole(self.values, f"{place}.with")
        self.when.check(f"{place}.when")
        for key, text in self.match.items():
            if not isinstance(text, str):
                raise BadParameter(
                    f"{key} is {text!r}, and a text is expected",
                    place=f"{place}.match.{key}",
                    fix="write it as a text; * stands for anything",
                )
        if self.on in FAMILIES:
            self.check_family(self.on, place)
            return
        known = tuple(dict.fromkeys(key for name in kind.fits for key in FAMILIES[name].keys))
        self._check_keys(known, f"the calls of {' and '.join(kind.fits)}", place)

    def check_family(self, family: str, place: str) -> None:
        """Refuse what is wrong at a boundary of that family."""
        kind_named(self.kind).must_fit(family, self.on, place)
        found = family_named(family, place)
        self._check_keys(found.keys, found.calls, place)
        when = self.when
        if family == "process" and (when.calls or when.skip or when.probability is not None):
            raise ImpossibleFault(
                f"a process has no calls to be counted: {when.to_json()}",
                place=f"{place}.when",
                choices=["from_s"],
                fix="say from_s, or plan it at the boundary of a mock service",
            )

    def _check_keys(self, known: tuple[str, ...], calls: str, place: str) -> None:
        for key in self.match:
            if key not in known:
                meant = closest(key, known)
                raise BadParameter(
                    f"{calls} have no {key!r} (given: {self.match[key]!r})",
                    place=f"{place}.match",
                    choices=known,
                    fix=f"write {meant!r}" if meant else f"leave {key!r} out",
                )

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON has it; what is empty is left out."""
        given: dict[str, Any] = {"on": self.on}
        if self.match:
            given["match"] = dict(self.match)
        given["kind"] = self.kind
        if self.values:
            given["with"] = dict(self.values)
        if when := self.when.to_json():
            given["when"] = when
        return given

    @classmethod
    def from_json(cls, given: object, place: str) -> Rule:
        """Read it, and check it."""
        table = a_table(given, place)
        known = ("on", "match", "kind", "with", "when")
        for name in table:
            if name not in known:
                meant = closest(name, known)
                raise BadParameter(
                    f"a fault has no {name!r} (given: {table[name]!r})",
                    place=place,
                    choices=known,
                    fix=f"write {meant!r}" if meant else f"leave {name!r} out",
                )
        texts = {}
        for name in ("on", "kind"):
            text = table.get(name)
            if not isinstance(text, str) or not text:
                raise BadParameter(
                    f"{name} is {text!r}" if name in table else f"{name} is missing",
                    place=f"{place}.{name}",
                    fix='name a boundary: "payments"' if name == "on" else 'name one: "status"',
                )
            texts[name] = text
        rule = cls(
            texts["on"],
            texts["kind"],
            match=a_table(table.get("match", {}), f"{place}.match"),
            values=a_table(table.get("with", {}), f"{place}.with"),
            when=When.from_json(table.get("when", {}), f"{place}.when"),
        )
        rule.check(place)
        return rule


def a_table(given: object, place: str) -> dict[str, Any]:
    """Give the JSON object that it is, or refuse it."""
    if isinstance(given, dict):
        return dict(given)
    raise BadParameter(
        f"{given!r} is here, and an object is expected", place=place, fix='write {"name": value}'
    )
