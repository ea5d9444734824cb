"""`wait_for`: for what another process does in its own time."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as the condition holds; fail after ten seconds."""
    pause = threading.Event()
    for _ in range(1000):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail(f"waited ten seconds for {what}")
