"""`FaultEngine`: which faults happen to a call, the same for the same plan, and the record of it.

    engine = FaultEngine(plan, "payments", "http")
    engine.decide(Call("POST", "/v1/charges"))   # -> [Fault("status", {"status": 503, ...}, ...)]
    engine.record()                              # a plan that does the same again

What is left to chance is drawn from the plan's seed, the rule's place in the plan and the call's number,
never from the time or from which thread was first. The record names the calls one by one.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from belljar.faults.families import FAMILIES
from belljar.faults.fault import Fault, Happening
from belljar.faults.kind import kind_named
from belljar.faults.matching import Call, matches
from belljar.faults.noted import Noted, Notes
from belljar.faults.plan import Plan
from belljar.faults.rule import Rule, When

__all__ = ["Engines", "FaultEngine"]

# Notes that are kept: a mock service may run for days.
MOST = 10_000


@dataclass
class _Running:
    """A rule at work: calls that it matched, and those at which it happened."""

    index: int
    rule: Rule
    since: float
    match: Mapping[str, str]
    number: int = 0
    fired: list[int] = field(default_factory=list)


def _begun(index: int, rule: Rule, now: float) -> _Running:
    return _Running(index, rule, now, {**kind_named(rule.kind).implied, **rule.match})


class FaultEngine:
    """Decides for one boundary; any thread may ask."""

    def __init__(
        self,
        plan: Plan,
        boundary: str,
        family: str = "",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.boundary = boundary
        self.family = family or (boundary if boundary in FAMILIES else "")
        self._clock = clock
        self._lock = threading.Lock()
        self._plan = Plan()
        self._running: list[_Running] = []
        self._happened: deque[Happening] = deque(maxlen=MOST)
        self._notes = Notes()
        self.update(plan)

    @property
    def plan(self) -> Plan:
        """The plan that is at work."""
        return self._plan

    @property
    def happened(self) -> list[Happening]:
        """What has happened, the latest 10 000."""
        with self._lock:
            return list(self._happened)

    def update(self, plan: Plan) -> None:
        """Work by this plan. Rules that were there before, at the same place, go on counting."""
        plan.check()
        for index, rule in enumerate(plan.rules):
            if rule.on == self.boundary and self.family:
                rule.check_family(self.family, f"faults[{index}]")
        with self._lock:
            now = self._clock()
            before = {} if plan.seed != self._plan.seed else {r.index: r for r in self._running}
            running = []
            for index, rule in enumerate(plan.rules):
                if rule.on != self.boundary:
                    continue
                old = before.get(index)
                same = old is not None and old.rule == rule
                running.append(old if old is not None and same else _begun(index, rule, now))
            self._running = running
            self._plan = plan

    @property
    def idle(self) -> bool:
        """Whether no rule is for its calls, and nobody watches."""
        return not self._running and not self._notes.watching

    def watch(self) -> None:
        """Begin to note calls; what was noted before is forgotten."""
        self._notes.watch()

    def calls(self) -> list[Noted]:
        """Give the calls since then, in order."""
        return self._notes.calls()

    def forget(self) -> None:
        """Note no more calls, and forget those that were."""
        self._notes.forget()

    def watches(self, call: Call) -> bool:
        """Tell whether such calls matter: a rule is for them, or all are noted. Nothing is counted."""
        return self._notes.watching or any(
            matches(running.match, call) for running in self._running
        )

    def decide(self, call: Call) -> list[Fault]:
        """Give the faults that happen to this call, in the order of the plan, and note them."""
        self._notes.add(call)
        if not self._running:
            return []
        due = []
        with self._lock:
            for running in self._running:
                if not matches(running.match, call):
                    continue
                running.number += 1
                now = self._clock() - running.since
                if not self._is_due(running, now):
                    continue
                running.fired.append(running.number)
                fault = self._fault(running)
                self._happened.append(Happening(fault, str(call), now, now + running.since))
                due.append(fault)
        return due

    def record(self) -> Plan:
        """Give the plan that does exactly what this one has done: its calls are named."""
        with self._lock:
            rules = list(self._plan.rules)
            for running in self._running:
                pinned = When(calls=tuple(running.fired))
                rules[running.index] = replace(running.rule, when=pinned)
            return replace(self._plan, rules=tuple(rules))

    def _is_due(self, running: _Running, now: float) -> bool:
        when, number = running.rule.when, running.number
        if number <= when.skip or (when.calls is not None and number not in when.calls):
            return False
        if when.times is not None and len(running.fired) >= when.times:
            return False
        if when.from_s is not None and now < when.from_s:
            return False
        if when.until_s is not None and now >= when.until_s:
            return False
        if when.probability is None:
            return True
        return self._chance(running, "when").random() < when.probability

    def _fault(self, running: _Running) -> Fault:
        rule = running.rule
        kind = kind_named(rule.kind)
        values = kind.whole(rule.values, "")
        if kind.draw is not None:
            values |= kind.draw(values, self._chance(running, "with"))
        return Fault(rule.kind, values, rule.on, running.index, running.number)

    def _chance(self, running: _Running, what: str) -> random.Random:
        # A text as seed: the same in every process, whatever the hash seed.
        return random.Random(f"{self._plan.seed}/{running.index}/{running.number}/{what}")


class Engines:
    """The engines of a server that serves many tests: one for each namespace, made when it is asked for."""

    def __init__(self, boundary: str, family: str) -> None:
        self.boundary = boundary
        self.family = family
        self._engines: dict[str, FaultEngine] = {}

    def __getitem__(self, namespace: str) -> FaultEngine:
        engine = self._engines.get(namespace)
        if engine is None:
            fresh = FaultEngine(Plan(), self.boundary, self.family)
            engine = self._engines.setdefault(namespace, fresh)
        return engine

    def decide(self, namespace: str, call: Call) -> list[Fault]:
        """Give the faults of a call; a namespace without a plan costs next to nothing."""
        engine = self._engines.get(namespace)
        return [] if engine is None else engine.decide(call)

    def clear(self, namespace: str) -> None:
        """Forget the plan of a namespace, and the calls that were noted."""
        self._engines.pop(namespace, None)
