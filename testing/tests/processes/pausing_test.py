"""Holding a process and its group, and ending one that is held."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.processes import ExitedEarly, LineReady, start_process

Alive = Callable[[int], bool]
Eventually = Callable[[Callable[[], object]], None]

CHILD = "sleep 60 & echo child $!; wait"
POLITE = """
import os, signal
signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b"bye\\n"), os._exit(7)))
print("up", flush=True)
while True:
    signal.pause()
"""


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_process_and_its_children_are_held_and_go_on(eventually: Eventually) -> None:
    with start_process(["sh", "-c", CHILD], ready=LineReady(r"child (\d+)")) as process:
        pids = (process.pid, int(process.match[1]))
        process.pause()
        eventually(lambda: [state(pid) for pid in pids] == ["T", "T"])
        process.resume()
        eventually(lambda: "T" not in [state(pid) for pid in pids])


def test_a_held_process_still_ends_gracefully(eventually: Eventually) -> None:
    process = start_process([sys.executable, "-c", POLITE], ready=LineReady("up"))
    process.pause()
    eventually(lambda: state(process.pid) == "T")
    assert process.stop() == 7
    assert process.log_text() == "up\nbye\n"


def test_a_process_that_has_ended_can_be_held_in_vain() -> None:
    process = start_process(["sleep", "60"])
    assert process.kill() == -signal.SIGKILL
    process.pause()
    process.resume()


def test_one_that_is_not_ready_yet_can_be_ended_by_another_thread() -> None:
    process = start_process(["sleep", "60"])
    begun = time.monotonic()
    threading.Timer(0.05, process.kill).start()
    with pytest.raises(ExitedEarly, match="SIGKILL"):
        process.await_ready(LineReady("never"), 30.0)
    assert time.monotonic() - begun < 10.0
