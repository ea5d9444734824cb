"""`watch`: the end of a process is noticed at once, whoever is busy with what."""

from __future__ import annotations

import threading
from collections.abc import Callable

from belljar.processes import Process

__all__ = ["watch"]


def watch(process: Process, ended: Callable[[Process, int], None]) -> None:
    """Call `ended` with the process and its exit code, in a thread of its own, when it ends."""

    def wait() -> None:
        code = process.wait(None)
        if code is not None:
            ended(process, code)

    threading.Thread(target=wait, name=f"belljar-watch-{process.name}", daemon=True).start()
