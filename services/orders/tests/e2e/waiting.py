"""`wait_for` and `wait_until_they_hold`: for what other processes do in their own time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import pytest


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as the condition holds; fail after ten seconds."""
    pause = threading.Event()
    for _ in range(1000):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail(f"waited ten seconds for {what}")


def wait_until_they_hold(invariants: Sequence[Callable[[], None]]) -> None:
    """Return as soon as none raises; after ten seconds, let the first that does fail the test."""
    pause = threading.Event()
    for _ in range(200):
        try:
            for check in invariants:
                check()
        except AssertionError:
            pause.wait(0.05)
        else:
            return
    for check in invariants:
        check()
