"""`Plan`: faults with a seed, as an object and as JSON, the same both ways.

plan = Plan(seed=7, rules=(Rule("payments", "status", values={"status": 503}),))
plan == Plan.from_json(plan.to_json())

{"version": 1, "seed": 7, "faults": [{"on": "payments", "kind": "status", "with": {"status": 503}}]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from belljar.faults.errors import BadParameter, BadPlan, OtherVersion, UnknownBoundary
from belljar.faults.parameters import Parameter, closest
from belljar.faults.rule import Rule, a_table

__all__ = ["VERSION", "Plan", "load"]

VERSION = 1
_KEYS = ("version", "seed", "test", "by_test", "faults")
_SEED = Parameter("seed", int, 0, low=0, high=2**63 - 1)


@dataclass(frozen=True)
class Plan:
    """Faults in order, and the seed of what is left to chance.

    `test` is the test that it is of, by pytest's id; nothing for any. Of the rules, the last `by_test`
    are those that the test plans itself while it runs: in a replay each begins when the test gets to it.
    """

    seed: int = 0
    rules: tuple[Rule, ...] = ()
    test: str = ""
    by_test: int = 0

    def check(self, boundaries: Mapping[str, str] | None = None, place: str = "") -> None:
        """Refuse what is wrong in it; with the family of each boundary also what does not fit it."""
        _SEED.check(self.seed, f"{place}seed")
        Parameter("by_test", int, 0, low=0, high=len(self.rules)).check(
            self.by_test, f"{place}by_test"
        )
        for index, rule in enumerate(self.rules):
            where = f"{place}faults[{index}]"
            rule.check(where)
            if boundaries is not None:
                if rule.on not in boundaries:
                    raise unknown_boundary(rule.on, boundaries, f"{where}.on")
                rule.check_family(boundaries[rule.on], where)

    def to_json(self) -> dict[str, Any]:
        """Give it as JSON has it."""
        given: dict[str, Any] = {"version": VERSION, "seed": self.seed}
        if self.test:
            given["test"] = self.test
        if self.by_test:
            given["by_test"] = self.by_test
        return given | {"faults": [rule.to_json() for rule in self.rules]}

    def dumps(self, indent: int | None = None) -> str:
        """Give its JSON text."""
        return json.dumps(self.to_json(), indent=indent, ensure_ascii=False)

    @classmethod
    def from_json(cls, given: object, place: str = "") -> Plan:
        """Give the plan that JSON has, checked as far as it can be without the boundaries."""
        if not isinstance(given, dict):
            raise BadPlan(
                f"a plan is an object, and this is {type(given).__name__}",
                place=place,
                fix=f'write {{"version": {VERSION}, "seed": 0, "faults": []}}',
            )
        table = a_table(given, place)
        prefix = f"{place}: " if place else ""
        version = table.get("version")
        # True is 1 for Python.
        if version != VERSION or isinstance(version, bool):
            raise OtherVersion(
                f"the plan is of version {version!r}"
                if "version" in table
                else "it has no version",
                place=f"{prefix}version",
                choices=[str(VERSION)],
                fix="save it again with this version of Belljar, by running the test that failed",
            )
        for name in table:
            if name not in _KEYS:
                meant = closest(name, _KEYS)
                raise BadParameter(
                    f"a plan has no {name!r}",
                    place=place,
                    choices=_KEYS,
                    fix=f"write {meant!r}" if meant else f"leave {name!r} out",
                )
        listed = table.get("faults", [])
        if not isinstance(listed, list):
            raise BadParameter(
                f"faults is {listed!r}, and a list is expected",
                place=f"{prefix}faults",
                fix="write []",
            )
        test = table.get("test", "")
        Parameter("test", str, "").check(test, f"{prefix}test")
        plan = cls(
            seed=table.get("seed", 0),
            rules=tuple(
                Rule.from_json(each, f"{prefix}faults[{index}]")
                for index, each in enumerate(listed)
            ),
            test=test,
            by_test=table.get("by_test", 0),
        )
        plan.check(place=prefix)
        return plan

    @classmethod
    def loads(cls, text: str | bytes, place: str = "") -> Plan:
        """Give the plan that a JSON text has."""
        try:
            given = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadPlan(
                f"it is not JSON: {error}", place=place, fix="save it again, or mend it there"
            ) from None
        return cls.from_json(given, place)


def load(source: str | Path) -> Plan:
    """Give the plan of a file, or of a text that begins with a brace."""
    if isinstance(source, str) and source.lstrip().startswith("{"):
        return Plan.loads(source, "the given plan")
    path = Path(source)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BadPlan(
            f"the plan can't be read: {error.strerror or error}",
            place=str(path),
            fix="name a file that a failed test has saved, or give the plan itself: {...}",
        ) from None
    return Plan.loads(text, str(path))


def unknown_boundary(name: str, boundaries: Mapping[str, str], place: str) -> UnknownBoundary:
    """Give the error of a name that is no boundary of this test."""
    there = [f"{known} ({family})" for known, family in sorted(boundaries.items())]
    meant = closest(name, boundaries)
    hint = f"write {meant!r}, or " if meant else ""
    return UnknownBoundary(
        f"this test has no boundary {name!r}",
        place=place,
        choices=there,
        fix=f"{hint}let the test ask for the fixture that gives {name!r}",
    )
