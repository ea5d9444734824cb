"""`GuardedFolder`: a graph's folder, which goes even when the test is killed while no service runs.

Every service's keeper removes it then; but a test may have stopped them all, or be killed before
the first has started. So an idle process with a keeper of its own comes first, before the folder.
"""

from __future__ import annotations

import secrets
import shutil
import sys

from belljar.processes import Process, make_short_directory, short_places, start_process

__all__ = ["GuardedFolder"]


class GuardedFolder:
    """A new folder at `path`, short enough for sockets in it."""

    def __init__(self) -> None:
        name = f"bj-{secrets.token_hex(4)}"
        self._guard: Process | None = None
        if sys.platform != "win32":  # no keepers there: the next user of TEMP finds the folder
            self._guard = start_process(
                ["sleep", "2147483647"],
                name="the guard of a graph's folder",
                stop_grace=0.0,
                remove_if_orphaned=short_places(name),
            )
        try:
            self.path = make_short_directory(name)
        except BaseException:
            self._let_go()
            raise

    def remove(self) -> None:
        """Delete it; may be called again."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._let_go()

    def _let_go(self) -> None:
        if self._guard is not None:
            self._guard.kill()
