"""Interruption: what a test leaves behind when Bazel stops it for taking too long.

On SIGTERM every thread's stack goes to the log, the results so far and an error for the test that was
running go to the JUnit file, and the run is ended as an ordinary failure, so that fixtures are torn
down. If that takes too long, or the main thread is stuck, the process ends all the same: Bazel
kills it 15 seconds after the signal.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TextIO

__all__ = ["watch"]

_TEARDOWN_SECONDS = 5.0
EXIT_CODE = 128 + signal.SIGTERM


def watch(on_stop: Callable[[], None], running: Callable[[], str]) -> Callable[[], None]:
    """Arranges for `on_stop` to be called once on SIGTERM, from any thread; gives the way to undo it.

    `running` gives the node id of the test that runs, or "".
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return lambda: None
    # pytest's capture takes over descriptor 2; the log is what it is now.
    log: TextIO = os.fdopen(os.dup(2), "w", buffering=1)
    ended = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        import pytest

        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        where = f", in {test}" if (test := running()) else ""
        pytest.exit(f"stopped by SIGTERM (Bazel's timeout, or an interrupt){where}", EXIT_CODE)

    previous = signal.signal(signal.SIGTERM, stop)
    faulthandler.register(signal.SIGTERM, file=log, all_threads=True, chain=True)
    # The signal's number arrives here even while the main thread is stuck in C code.
    receiver, sender = socket.socketpair()
    sender.setblocking(False)
    before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)

    def guard() -> None:
        while data := receiver.recv(64):
            if signal.SIGTERM not in data:
                continue
            on_stop()
            if not ended.wait(_TEARDOWN_SECONDS):
                log.write(f"belljar: teardown took longer than {_TEARDOWN_SECONDS:g} s; ended\n")
                os._exit(EXIT_CODE)
            return

    threading.Thread(target=guard, name="belljar-interruption", daemon=True).start()

    def give_back() -> None:
        if not ended.is_set():
            ended.set()
            signal.set_wakeup_fd(before)
            faulthandler.unregister(signal.SIGTERM)
            signal.signal(signal.SIGTERM, previous)

    # A signal to a fork of the test is the test's own affair: multiprocessing ends its workers so.
    # Through the socket, which the fork has too, it would be taken for one to this process.
    os.register_at_fork(after_in_child=give_back)

    def undo() -> None:
        give_back()
        sender.close()

    return undo
