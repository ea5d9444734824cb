"""`time_limit`: ends what takes longer, in the main thread, with a `Hung` that no `except Exception` takes.

with time_limit(5.0):
    item.runtest()
"""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Hung", "time_limit"]

# Code may have taken the first: it gets another.
AGAIN = 1.0


class Hung(BaseException):
    """A test's body took longer than its limit."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `Hung` in what is inside, after so many seconds; 0 is no limit. For the main thread."""
    if not seconds or threading.current_thread() is not threading.main_thread():
        yield
    elif hasattr(signal, "setitimer"):
        with _by_signal(seconds):
            yield
    else:
        with _by_thread(seconds):
            yield


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise Hung(f"not over after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    """The same where there are no timers: what waits in C goes on until it comes back."""
    over = threading.Event()
    late = threading.Event()

    def watch() -> None:
        if not over.wait(seconds):
            late.set()
            _thread.interrupt_main()

    watchdog = threading.Thread(target=watch, daemon=True)
    watchdog.start()
    try:
        yield
    except KeyboardInterrupt:
        if not late.is_set():
            raise
        raise Hung(f"not over after {seconds:g} s") from None
    finally:
        over.set()
        watchdog.join()
