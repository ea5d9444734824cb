"""supervised(): a run in a child process, so that its sudden end is seen and reported.

A test that calls `os._exit(0)` would pass, one that crashes the interpreter would leave no result: Bazel
itself does not look at TEST_PREMATURE_EXIT_FILE when it runs a test locally.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable

from belljar.fence.starting import Gate
from belljar.redaction import redact
from belljar.redaction.files import redact_places
from belljar.redaction.sharing import Shared
from belljar.runner.protocol import Protocol

__all__ = ["note_running", "supervised"]

_EARLY = 1

# Where the child notes which test runs; the supervisor reads it when the child is gone.
_running: int | None = None


def note_running(nodeid: str) -> None:
    """Tells the supervisor which test runs now ("": none)."""
    if _running is not None:
        os.ftruncate(_running, 0)
        os.pwrite(_running, nodeid.encode(), 0)


def supervised(body: Callable[[], int], label: str, protocol: Protocol, gate: Gate) -> int:
    """Gives the exit code of `body()`, run in a child process; this one watches `gate` meanwhile.

    A child that ends without giving one has failed, whatever its exit status: the log and, where
    there is none yet, the JUnit file name the test that was running, and its outputs have no secret.
    """
    if sys.platform == "win32":
        return body()
    global _running  # the child's own, which its pytest plugin writes to
    with tempfile.TemporaryFile() as running:
        _running = running.fileno()
        shared = Shared()
        receiver, sender = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            shared.tell()
            _run_and_leave(body, sender)
        os.close(sender)
        gate.watch()
        code = _ended(child)
        finished = _written(receiver)
        test = os.pread(_running, 4096, 0).decode(errors="replace")
        _running = None
    if finished:
        return code
    how = (
        f"was killed by {signal.Signals(-code).name}"
        if code < 0
        else f"ended with exit code {code}"
    )
    shared.take()
    message = redact(f"the test process {how} before pytest had finished, in {test or 'no test'}")
    print(f"\nbelljar: {message}", file=sys.stderr)
    if protocol.xml and not protocol.xml.exists():
        protocol.xml.write_text(_junit(label, redact(test), message), encoding="utf-8")
    # pytest would have done it at its end.
    for line in redact_places(filter(None, (protocol.outputs, protocol.xml, protocol.warnings))):
        print(f"belljar: {line}", file=sys.stderr)
    return 128 - code if code < 0 else _EARLY


def _run_and_leave(body: Callable[[], int], sender: int) -> None:
    code = 1
    try:
        code = body()
        os.write(sender, b"1")
    except Exception:  # of the runner's own: pytest has shown what a test raised
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Threads that a test left must not keep the result waiting.
        os._exit(code)


def _written(receiver: int) -> bytes:
    """Gives what was written so far: a grandchild may hold the other end open for ever."""
    os.set_blocking(receiver, False)
    try:
        return os.read(receiver, 1)
    except BlockingIOError:
        return b""
    finally:
        os.close(receiver)


def _ended(child: int) -> int:
    """Gives the child's exit code, negative for a signal."""
    # The terminal sends an interrupt to both; a termination may come to this process alone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: os.kill(child, number))
    while True:
        # Any: with the fence up, what the test left behind is ours to bury when it ends.
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def _junit(label: str, test: str, message: str) -> str:
    from xml.sax.saxutils import quoteattr

    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<testsuites><testsuite name={quoteattr(label)} tests="1" errors="1" failures="0" '
        f'skipped="0"><testcase classname={quoteattr(label)} name={quoteattr(test or label)}>'
        f"<error message={quoteattr(message)} /></testcase></testsuite></testsuites>\n"
    )
