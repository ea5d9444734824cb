"""`Ending`: a service's process that ends itself at a call, because a plan says so; and its return.

The service ends by itself, in the middle of the call; here its end is expected, and it is started
again where `restart` was planned.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

from belljar.faults.kind import kind_named
from belljar.faults.rule import Rule

__all__ = ["ENDS", "Ending", "Mortal"]

# The kinds that end a process.
ENDS = ("kill", "restart")


class Mortal(Protocol):
    """A process that may end: `RunningService` is one."""

    @property
    def runs(self) -> bool:
        """Whether it is there."""

    def expect_end(self, then: Callable[[], None] | None) -> None:
        """Call `then` once it has ended by itself, and don't take that for an accident."""

    def start(self) -> object:
        """Start it again."""


class Ending:
    """What a plan has in mind for one process, while its test runs."""

    def __init__(self, process: Mortal) -> None:
        self._process = process
        self._back_after: float | None = None
        self._ended = threading.Event()
        self._timer: threading.Timer | None = None
        self._over = False
        self._lock = threading.Lock()

    @property
    def happened(self) -> bool:
        """Whether it has ended."""
        # Who looks whether it runs, and finds that it does not, has told it to whom it concerns.
        return self._ended.is_set() or (not self._process.runs and self._ended.is_set())

    def expect(self, rules: Sequence[Rule]) -> None:
        """Wait for the end by one of these; it is back after the time of the first that says so."""
        self._back_after = next(
            (
                float(kind_named(rule.kind).whole(rule.values, "")["after"])
                for rule in rules
                if rule.kind == "restart"
            ),
            None,
        )
        if not self._ended.is_set():
            self._process.expect_end(self._has_ended)

    def close(self) -> None:
        """Expect nothing more; a start that is under way is waited for."""
        with self._lock:
            self._over = True
            timer = self._timer
        if timer is not None:
            timer.cancel()
            timer.join()
        self._process.expect_end(None)

    def _has_ended(self) -> None:
        with self._lock:
            self._ended.set()
            if self._back_after is None or self._over:
                return
            self._timer = threading.Timer(self._back_after, self._start)
            self._timer.daemon = True
            self._timer.start()

    def _start(self) -> None:
        # One that does not come back is told of when the next test asks for it.
        with suppress(Exception):
            self._process.start()
