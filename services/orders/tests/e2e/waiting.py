"""`Waiting`: for what other processes do in their own time, as long as the settings say."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pytest


class Waiting:
    """Waits until a condition holds, for so many seconds at most."""

    def __init__(self, seconds: float) -> None:
        """Be as patient as that."""
        self._seconds = seconds
        self._pause = threading.Event()

    def __call__(self, condition: Callable[[], bool], what: str) -> None:
        """Return as soon as the condition holds; fail when the time is up."""
        until = time.monotonic() + self._seconds
        while not condition():
            if time.monotonic() > until:
                pytest.fail(f"waited {self._seconds:g} seconds for {what}")
            self._pause.wait(0.01)

    def all_of(self, invariants: Sequence[Callable[[], None]]) -> None:
        """Return as soon as none raises; when the time is up, let the first that does fail the test."""
        until = time.monotonic() + self._seconds
        while True:
            try:
                for check in invariants:
                    check()
            except AssertionError:
                if time.monotonic() > until:
                    raise
                self._pause.wait(0.05)
            else:
                return
