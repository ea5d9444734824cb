"""What the tests of belljar.processes share: waiting for conditions, and looking at processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Eventually = Callable[[Callable[[], object]], None]
StartParent = Callable[[str], tuple[subprocess.Popen[str], list[int]]]


@pytest.fixture
def eventually() -> Eventually:
    """Wait until a condition holds; fail when it does not within ten seconds."""

    def wait(condition: Callable[[], object]) -> None:
        until = time.monotonic() + 10.0
        while not condition():
            assert time.monotonic() < until, "the condition did not come true within 10 s"
            time.sleep(0.005)  # between two looks, not instead of one

    return wait


@pytest.fixture
def alive() -> Callable[[int], bool]:
    """Tell whether a process still runs; a zombie does not."""

    def look(pid: int) -> bool:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return stat.rpartition(")")[2].split()[0] not in "ZX"

    return look


@pytest.fixture
def start_parent(tmp_path: Path) -> Iterator[StartParent]:
    """Start a Python program that starts children; it is killed at the end.

    The program is the given code after the usual imports; it must print `ready`, then the
    pids that the test is given back beside it.
    """
    started: list[subprocess.Popen[str]] = []

    def start(code: str) -> tuple[subprocess.Popen[str], list[int]]:
        # Not by start_process, which would itself end the family that the test is about.
        preamble = (
            "import os, signal, sys, time, threading\n"
            "from pathlib import Path\n"
            "from belljar.processes import LineReady, start_process\n"
            f"here = Path({str(tmp_path)!r})\n"
        )
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTHONUNBUFFERED": "1",
        }
        process = subprocess.Popen(
            [sys.executable, "-c", preamble + code],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready"), line
        return process, [int(word) for word in line.split()[1:]]

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()  # not read to its end: a fork may hold it open


@pytest.fixture
def shoot() -> Callable[[int], None]:
    """Kill one process the hard way."""
    return lambda pid: os.kill(pid, signal.SIGKILL)
