"""Worker processes: ready together, ended together, and none is lost without a word."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

if sys.platform == "win32":
    pytest.skip(
        "orders forks its workers, and Windows has no fork: it serves from one process there",
        allow_module_level=True,
    )

# Each worker says who it is, and ends when it is told to; `{body}` is what a test adds.
PROGRAM = """
import os, signal, sys, threading
from services.orders.workers import WorkerEnded, run_workers

def say(line):
    os.write(1, (line + "\\n").encode())  # in one piece, beside the other worker's

def work(number, ready):
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    {body}
    say("worker %d %d" % (number, os.getpid()))
    ready()
    ended.wait()
    say("worker %d finished" % number)

try:
    run_workers(2, work, ready=lambda: say("ready"))
except WorkerEnded as error:
    sys.exit("reason: " + str(error))
"""


@contextmanager
def running(body: str = "pass") -> Iterator[subprocess.Popen[str]]:
    """The program with this addition; both of its streams can be read."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(body=body)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: subprocess.Popen[str], line: str) -> list[str]:
    """The lines up to this one."""
    assert process.stdout is not None
    read: list[str] = []
    while line not in read:
        text = process.stdout.readline()
        assert text, f"{line!r} never came: {read}"
        read.append(text.rstrip("\n"))
    return read


def pids(lines: list[str]) -> list[int]:
    """The workers' process ids, in the order of their numbers."""
    found = re.findall(r"^worker (\d) (\d+)$", "\n".join(lines), re.MULTILINE)
    return [int(pid) for _, pid in sorted(found)]


def test_workers_are_announced_when_all_are_ready_and_end_when_told_to() -> None:
    """Ready is said once and last; SIGTERM is passed on, and the exit status is 0."""
    with running() as process:
        lines = read_until(process, "ready")
        assert len(set(pids(lines))) == 2
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=30)
    assert sorted(out.splitlines()) == ["worker 0 finished", "worker 1 finished"]
    assert (process.returncode, error) == (0, "")


@pytest.mark.parametrize("victim", [0, 1])
def test_a_worker_that_is_killed_ends_the_whole_with_its_name(victim: int) -> None:
    """The other one finishes what it does."""
    with running() as process:
        workers = pids(read_until(process, "ready"))
        os.kill(workers[victim], signal.SIGKILL)
        out, error = process.communicate(timeout=30)
    assert out == f"worker {1 - victim} finished\n"
    assert process.returncode == 1
    assert error.startswith(
        f"reason: worker {victim} (process {workers[victim]}) was killed by SIGKILL "
        "without being told to"
    )


def test_a_worker_that_fails_at_its_start_is_explained_and_nothing_is_announced() -> None:
    with running("if number == 1: raise RuntimeError('no luck')") as process:
        out, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "ready" not in out.splitlines()
    assert "RuntimeError: no luck" in error
    assert "reason: worker 1 (process " in error
    assert "ended with exit status 1" in error


def test_workers_that_are_told_to_end_while_they_start_were_never_ready() -> None:
    """An end that was asked for is no failure, at whatever moment."""
    with running("if number == 1: ended.wait(); sys.exit(0)") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("worker 0 ")
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (0, "")
    assert "ready" not in out.splitlines()


def test_workers_do_not_outlive_the_one_who_watches_them() -> None:
    """Even if it is killed: nobody holds the other end of its output any more."""
    with running() as process:
        read_until(process, "ready")
        process.kill()
        out, _ = process.communicate(timeout=30)
    assert out == ""
