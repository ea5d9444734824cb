"""`run_workers`: several processes that serve one socket, with one process that watches them.

The watching process serves nothing itself. It passes SIGTERM and SIGINT on, waits for the workers'
graceful ends, and ends. When it is killed, the workers end at once, as if all were one process.

A worker that ends without being told to is not replaced: it ends the whole service, with the
reason. Whoever watches the service (systemd, Kubernetes, Belljar's graph) already knows how to
start it again, how often, and whom to tell; a replacement made in here would hide a crash from them.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

# Called in a worker with its number, from 0, and a function that it calls when it is ready.
Work = Callable[[int, Callable[[], None]], None]

_PASSED_ON = (signal.SIGTERM, signal.SIGINT)
_log = logging.getLogger(__name__)


class WorkerEnded(Exception):
    """A worker ended that nobody had asked to; the others have been ended too."""


def run_workers(count: int, work: Work, *, ready: Callable[[], None]) -> None:
    """Return when `count` forked workers have ended as a signal asked them to.

    `ready` is called once, here, when all of them are ready. What a worker shares with the others
    (a socket) is opened by the caller beforehand, and connections that cannot be shared in `work`.
    Raises `WorkerEnded`.
    """
    crew = _Crew()
    former = {number: signal.signal(number, crew.on_signal) for number in _PASSED_ON}
    try:
        # Every worker is born before any of them is waited for: they get ready side by side.
        starting = [crew.fork(number, work) for number in range(count)]
        if all([_is_ready(pipe) for pipe in starting]) and not crew.stopping:
            ready()
        crew.watch()
    finally:
        crew.end()
        for number, handler in former.items():
            signal.signal(number, handler)


class _Crew:
    """The workers that are alive, by process id, with their numbers."""

    def __init__(self) -> None:
        self.stopping = False
        self._workers: dict[int, int] = {}
        # Nothing is ever written to it: that we are gone is what closes it.
        self._alive, self._ours = os.pipe()

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """Have all workers end gracefully."""
        self.stopping = True
        self._signal(signal.SIGTERM)

    def fork(self, number: int, work: Work) -> int:
        """The end of a pipe that gives one byte when the new worker is ready, and none if it died.

        A process that is told to end has no more workers: the pipe is at its end then.
        """
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that comes before the child has put away our handler would be passed on twice.
        former = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
        pid = -1 if self.stopping else os.fork()
        if pid == 0:
            for passed_on in _PASSED_ON:
                signal.signal(passed_on, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, former)
            os.close(reading)
            self._work(number, work, writing)
        if pid > 0:
            self._workers[pid] = number
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
        os.close(writing)
        return reading

    def watch(self) -> None:
        """Return when all workers have ended as they were told to."""
        while self._workers:
            pid, status = os.wait()
            number = self._workers.pop(pid, None)
            if number is None:
                continue
            code = os.waitstatus_to_exitcode(status)
            if code not in ((0, -signal.SIGTERM) if self.stopping else ()):
                raise WorkerEnded(
                    f"worker {number} (process {pid}) {_ended(code)} without being told to; "
                    "the whole service ends with it: see its log above, then start it again"
                )

    def end(self) -> None:
        """Have the workers that are left end gracefully, and wait until they have."""
        self._signal(signal.SIGTERM)
        while self._workers:
            self._workers.pop(os.wait()[0], None)
        os.close(self._ours)
        os.close(self._alive)

    def _work(self, number: int, work: Work, writing: int) -> NoReturn:
        """Be the worker; never returns into the code that forked it."""
        code = 1
        try:
            os.close(self._ours)
            threading.Thread(target=_end_with, args=(self._alive,), daemon=True).start()
            work(number, lambda: _tell(writing))
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        except BaseException:
            _log.exception("worker %d failed", number)
        finally:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)

    def _signal(self, number: signal.Signals) -> None:
        for pid in list(self._workers):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def _end_with(alive: int) -> None:
    """End this process when the other end of the pipe `alive` is closed."""
    os.read(alive, 1)
    os._exit(1)


def _tell(writing: int) -> None:
    os.write(writing, b"1")
    os.close(writing)


def _is_ready(reading: int) -> bool:
    said = os.read(reading, 1)
    os.close(reading)
    return said == b"1"


def _ended(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit status {code}"
