"""A service's process: killed and restarted as planned."""

from __future__ import annotations

import threading

import pytest

from belljar.faults import Faults, ImpossibleFault, ProcessBoundary


class Process:
    """Remembers what was done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.started = threading.Event()

    def kill(self) -> None:
        self.done.append("kill")

    def start(self) -> None:
        self.done.append("start")
        self.started.set()


def test_a_process_is_killed_at_once(faults: Faults) -> None:
    process = Process()
    faults.register(ProcessBoundary("orders", process))
    faults.on("orders").kill()
    assert process.done == ["kill"]
    faults.on("orders").restart()
    assert process.done == ["kill", "kill", "start"]


def test_a_process_is_killed_later_and_comes_back(faults: Faults) -> None:
    process = Process()
    faults.register(ProcessBoundary("orders", process))
    faults.on("orders").restart(after=0.05, from_s=0.05)
    assert process.done == []
    assert process.started.wait(10)
    assert process.done == ["kill", "start"]


def test_nothing_comes_after_the_test(faults: Faults) -> None:
    process = Process()
    faults.register(ProcessBoundary("orders", process))
    faults.on("orders").kill(from_s=0.2)
    faults.close()
    assert not process.started.wait(0.4)
    assert process.done == []


def test_a_replay_does_it_at_the_same_time(faults: Faults) -> None:
    faults.register(ProcessBoundary("orders", Process()))
    faults.on("orders").kill()
    record = faults.record()
    process = Process()
    again = Faults(0, given=record)
    again.register(ProcessBoundary("orders", process))
    assert process.done == []
    again.on("orders").kill()
    assert process.done == ["kill"]


def test_a_process_has_no_calls(faults: Faults) -> None:
    faults.register(ProcessBoundary("orders", Process()))
    with pytest.raises(ImpossibleFault, match=r"no calls to be counted(?s:.*)from_s"):
        faults.on("orders").kill(calls=3)
