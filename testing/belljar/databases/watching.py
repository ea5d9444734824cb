"""`Watch`: tells within a microsecond whether a process still runs, although it is not our child."""

from __future__ import annotations

import os
import select
import sys
import weakref

__all__ = ["Watch"]


class Watch:
    """Looks at one process. A zombie, which nobody has waited for yet, counts as gone on Linux."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._poll: select.poll | None = None
        if sys.platform == "linux":
            try:
                # Not fooled by another process that got the number since, as `kill(pid, 0)` is.
                fd = os.pidfd_open(pid)
            except ProcessLookupError:
                self._pid = 0
            except OSError:  # an old kernel, or a sandbox that forbids the call
                return
            else:
                weakref.finalize(self, os.close, fd)
                self._poll = select.poll()
                self._poll.register(fd, select.POLLIN)

    def lives(self) -> bool:
        """Whether it certainly still runs; False where that can't be told from here."""
        return self._poll is not None and not self._poll.poll(0)

    def gone(self) -> bool:
        """Whether it has ended. On Windows never known here: its owner knows."""
        if self._poll is not None:
            return bool(self._poll.poll(0))
        if sys.platform == "win32" or not self._pid:
            return not self._pid
        try:
            os.kill(self._pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False  # it runs, as somebody else
        return False
