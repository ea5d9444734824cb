"""terminal(): `bazel run` of a test, with a debugger that can be typed into.

Bazel starts a test as a background job with its output in a pipe, also when a person runs it. The
terminal then refuses to be read, and a debugger has neither prompt nor history.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["terminal"]


@contextmanager
def terminal() -> Iterator[None]:
    """Makes this process group the terminal's foreground job, with input and output of its own.

    Does nothing where standard input is no terminal. The terminal is handed back at the end.
    """
    if sys.platform == "win32" or not os.isatty(0):
        yield
        return
    # A background job that takes the terminal would be stopped for it.
    before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    owner = os.tcgetpgrp(0)
    os.tcsetpgrp(0, os.getpgrp())
    for output in (1, 2):
        if not os.isatty(output):
            os.dup2(0, output)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os.tcsetpgrp(0, owner)
        signal.signal(signal.SIGTTOU, before)
