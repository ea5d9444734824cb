"""supervised(): a run in a child process, so that its sudden end is seen and reported.

A test that calls `os._exit(0)` would pass, one that crashes the interpreter would leave no result: Bazel
itself does not look at TEST_PREMATURE_EXIT_FILE when it runs a test locally.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from belljar.runner.protocol import Protocol

__all__ = ["note_running", "supervised"]

_RUNNING = "BELLJAR_RUNNING_FILE"
_EARLY = 1


def note_running(nodeid: str) -> None:
    """Tells the supervisor which test runs now ("": none)."""
    place = os.environ.get(_RUNNING)
    if place:
        Path(place).write_text(nodeid, encoding="utf-8")


def supervised(body: Callable[[], int], label: str, scratch: Path, protocol: Protocol) -> int:
    """Gives the exit code of `body()`, run in a child process.

    A child that ends without giving one has failed, whatever its exit status: the log and, where there
    is none yet, the JUnit file name the test that was running.
    """
    finished = scratch / "finished"
    running = scratch / "running"
    os.environ[_RUNNING] = str(running)
    if sys.platform == "win32":
        return body()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = body()
            finished.touch()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            # Threads that a test left must not keep the result waiting.
            os._exit(code)
    # The terminal sends an interrupt to both; a termination may come to this process alone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: os.kill(child, number))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if finished.exists():
        return code
    how = (
        f"was killed by {signal.Signals(-code).name}"
        if code < 0
        else f"ended with exit code {code}"
    )
    test = running.read_text(encoding="utf-8") if running.exists() else ""
    message = f"the test process {how} before pytest had finished, in {test or 'no test'}"
    print(f"\nbelljar: {message}", file=sys.stderr)
    if protocol.xml and not protocol.xml.exists():
        from xml.sax.saxutils import quoteattr

        protocol.xml.write_text(
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<testsuites><testsuite name={quoteattr(label)} tests="1" errors="1" failures="0" skipped="0">'
            f"<testcase classname={quoteattr(label)} name={quoteattr(test or label)}>"
            f"<error message={quoteattr(message)} /></testcase></testsuite></testsuites>\n",
            encoding="utf-8",
        )
    return 128 - code if code < 0 else _EARLY
