"""`ProcessBoundary`: a service's process that is killed, or restarted, while the test runs.

    faults.register(ProcessBoundary("orders", services["orders"]))
    faults.on("orders").kill(from_s=0.2)

It happens so many seconds after it was planned, or at once. A process has no calls to be counted: a mock
service that is killed at a call has `kill` planned at its own boundary.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Protocol

from belljar.faults.kind import kind_named
from belljar.faults.noted import Noted
from belljar.faults.plan import Plan
from belljar.faults.rule import Rule

__all__ = ["Killable", "ProcessBoundary"]


class Killable(Protocol):
    """What a process is to a fault: `RunningService` is one."""

    def kill(self) -> object:
        """End it at once."""

    def start(self) -> object:
        """Start it again."""


class ProcessBoundary:
    """A process that can be killed and started."""

    family = "process"

    def __init__(self, name: str, process: Killable) -> None:
        self.name = name
        self._process = process
        self._plan = Plan()
        self._timers: list[threading.Timer] = []
        self._lock = threading.Lock()

    def apply(self, plan: Plan) -> None:
        """Work by this plan; what is due at once has happened when this returns."""
        plan.check()
        known, self._plan = len(self._plan.rules), plan
        for index, rule in enumerate(plan.rules[known:], known):
            if rule.on == self.name:
                rule.check_family(self.family, f"faults[{index}]")
                if rule.when.calls is None:  # an empty one is never
                    self._later(rule.when.from_s or 0.0, partial(self._do, rule))

    def record(self) -> Plan:
        """Give the plan itself: it is by the clock, and does the same again."""
        return self._plan

    def clear(self) -> None:
        """Let no more happen."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._plan = Plan()

    def watch(self) -> None:
        """Nothing: a process has no calls."""

    def calls(self) -> list[Noted]:
        """Give none."""
        return []

    def _do(self, rule: Rule) -> None:
        with self._lock:
            self._process.kill()
        if rule.kind == "restart":
            seconds = kind_named("restart").whole(rule.values, "")["after"]
            self._later(seconds, self._process.start)

    def _later(self, seconds: float, action: Callable[[], object]) -> None:
        if not seconds:
            action()
            return
        timer = threading.Timer(seconds, action)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()
