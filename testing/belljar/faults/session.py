"""`Faults`: what the fixture `faults` gives; the plan of a test while it runs.

faults.on("payments", path="/v1/payment_intents").fail(status=503, times=2)
faults.happened("client")
faults.record()        # a plan that does exactly the same again
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from belljar.faults.boundary import Boundary
from belljar.faults.building import Target
from belljar.faults.errors import BadParameter, ControlFailed, PlanMismatch
from belljar.faults.fault import Happening
from belljar.faults.plan import Plan, unknown_boundary
from belljar.faults.points import POINTS, make_point
from belljar.faults.rule import Rule, When

__all__ = ["Faults"]


class Faults:
    """The faults of one test.

    `given` is a plan that is at work from the start: one that is replayed, or that a marker names. Of its
    rules the last `by_test` wait for the test to plan them itself.
    """

    def __init__(self, seed: int, test: str = "", given: Plan | None = None) -> None:
        given = given or Plan(seed)
        first = len(given.rules) - given.by_test
        self._waiting = list(given.rules[first:])
        self._plan = Plan(given.seed, given.rules[:first], test)
        self._boundaries: dict[str, Boundary] = {}
        self._points: dict[str, Boundary] = {}
        self._at_work: dict[str, Boundary] = {}
        self._records: dict[str, Plan] = {}
        # What has to fail the test, even if the code took the error.
        self.complaints: list[str] = []
        for rule in self._plan.rules:
            if rule.on in POINTS:
                self._apply(rule.on)

    @property
    def plan(self) -> Plan:
        """The plan so far."""
        return self._plan

    @property
    def seed(self) -> int:
        """The seed of what is left to chance; to be set before the first fault."""
        return self._plan.seed

    @seed.setter
    def seed(self, seed: int) -> None:
        if self._plan.rules:
            raise BadParameter(
                f"the seed is set to {seed!r}, and there are faults already",
                place="faults.seed",
                fix="set it before the first fault",
            )
        if not self._waiting:  # a replay keeps its own
            changed = replace(self._plan, seed=seed)
            changed.check()
            self._plan = changed

    @property
    def boundaries(self) -> Mapping[str, str]:
        """The boundaries of this test by name, each with its family."""
        there = {name: boundary.family for name, boundary in self._boundaries.items()}
        return {name: name for name in POINTS} | there

    def register(self, boundary: Boundary) -> None:
        """Make a boundary known by its name; faults that wait for it begin now."""
        self._boundaries[boundary.name] = boundary
        for index, rule in enumerate(self._plan.rules):
            if rule.on == boundary.name:
                rule.check_family(boundary.family, f"faults[{index}]")
        if any(rule.on == boundary.name for rule in self._plan.rules):
            self._apply(boundary.name)

    def boundary(self, name: str) -> Boundary:
        """Give a boundary of this test by its name, to watch its calls; a point is made when it is asked for."""
        if name not in self.boundaries:
            raise unknown_boundary(name, self.boundaries, f"faults.boundary({name!r})")
        boundary = self._boundaries.get(name) or self._point(name)
        # Whatever is done with it: it is cleared at the end.
        self._at_work.setdefault(name, boundary)
        return boundary

    def on(self, name: str, **match: str) -> Target:
        """Give the calls at a boundary that match, as `method=`, `path=` and so on; else all its calls."""
        if name not in self.boundaries:
            raise unknown_boundary(name, self.boundaries, f"faults.on({name!r})")
        return Target(name, match, self._add)

    def happened(self, name: str = "") -> list[Happening]:
        """Give what has happened in the test's own process, in order; of one boundary, or of all."""
        notes = []
        for boundary in self._at_work.values():
            engine = getattr(boundary, "engine", None)
            if engine is not None and name in ("", boundary.name):
                notes += engine.happened
        return sorted(notes, key=lambda note: note.at)

    def record(self) -> Plan:
        """Give the plan that does exactly what has happened so far: each call is named."""
        records = self._records | {
            name: self._record_of(boundary) for name, boundary in self._at_work.items()
        }
        rules = list(self._plan.rules)
        for index, rule in enumerate(rules):
            record = records.get(rule.on)
            if record is None or index >= len(record.rules):
                rules[index] = replace(rule, when=When(calls=()))
            else:
                rules[index] = record.rules[index]
        return replace(self._plan, rules=tuple(rules))

    def missing(self) -> list[str]:
        """Give the boundaries of the plan that never came."""
        there = self.boundaries
        return [rule.on for rule in self._plan.rules if rule.on not in there]

    def close(self) -> None:
        """Let no more faults happen; the record stays. Every boundary is cleared, whatever one says."""
        trouble: Exception | None = None
        for name, boundary in reversed(list(self._at_work.items())):
            try:
                self._records[name] = self._record_of(boundary)
            except Exception as error:
                trouble = trouble or error
            try:
                boundary.clear()
            except Exception as error:
                if not self._killed(boundary, error):
                    trouble = trouble or error
        self._at_work.clear()
        if trouble is not None:
            raise trouble

    def _record_of(self, boundary: Boundary) -> Plan:
        try:
            return boundary.record()
        except ControlFailed as error:
            if not self._killed(boundary, error):
                raise
            return self._plan  # it took its record along

    def _killed(self, boundary: Boundary, error: Exception) -> bool:
        """Tell whether a service that does not answer was to be killed."""
        return isinstance(error, ControlFailed) and any(
            rule.on == boundary.name and rule.kind in ("kill", "restart")
            for rule in self._plan.rules
        )

    def _add(self, rule: Rule) -> None:
        index = len(self._plan.rules)
        place = f"faults.on({rule.on!r}): {rule.kind}"
        rule.check(place)
        rule.check_family(self.boundaries[rule.on], place)
        if self._waiting:
            rule = self._replayed(rule, index)
        self._plan = replace(
            self._plan, rules=(*self._plan.rules, rule), by_test=self._plan.by_test + 1
        )
        self._apply(rule.on)

    def _replayed(self, planned: Rule, index: int) -> Rule:
        """Give the saved rule that the test plans here: it names the calls."""
        saved = self._waiting.pop(0)
        if replace(saved, when=When()) != replace(planned, when=When()):
            raise PlanMismatch(
                f"the test plans {replace(planned, when=When()).to_json()}, "
                f"and the saved plan has {replace(saved, when=When()).to_json()}",
                place=f"faults[{index}]",
                fix="the test was changed since: run it without --faults, and replay what that saves",
            )
        return saved

    def _point(self, name: str) -> Boundary:
        if name not in self._points:
            self._points[name] = make_point(name, self.complaints.append)
        return self._points[name]

    def _apply(self, name: str) -> None:
        boundary = self._at_work.get(name)
        if boundary is None:
            boundary = self._boundaries.get(name) or self._point(name)
        # At work also when it did not take the plan: it is cleared then.
        self._at_work[name] = boundary
        boundary.apply(self._plan)
