"""`Launcher`: runs PostgreSQL's programs as a user that they accept, which root is not."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from belljar.databases.cluster import server_environment
from belljar.databases.errors import ServerNotStarted
from belljar.databases.folders import ServerFolder
from belljar.processes import Process, Readiness, UserNamespaceRefused, start_process
from belljar.processes.errors import CommandNotStarted

__all__ = ["READY_SECONDS", "Launcher"]

STOP_GRACE = 10.0
READY_SECONDS = 60.0
# Whom to become where root may not have a user namespace: nobody, everywhere.
NOBODY = (65534, 65534)


class Launcher:
    """Starts programs on one `ServerFolder`; `log` is where their output goes."""

    def __init__(self, folder: ServerFolder, log: Path | None = None) -> None:
        self._folder = folder
        self._log = log
        self._run_as: tuple[int, int] | None = None

    def launch(
        self,
        command: Sequence[str],
        ready: Readiness | None = None,
        *,
        name: str = "PostgreSQL",
        env: Mapping[str, str] | None = None,
        settle: Callable[[], None] = lambda: None,
    ) -> Process:
        """Return a process that is ready. Raises `ServerNotStarted`, or what `start_process` does.

        `env` goes on top of ours. `settle` is called before the folder is given to another user:
        it returns when nobody is writing to it.
        """
        environment = server_environment() | dict(env or {})
        if sys.platform == "win32" or os.geteuid() != 0 or self._run_as:
            return self._start(command, ready, name, environment)
        try:
            return self._start(command, ready, name, environment, user_namespace=True)
        except UserNamespaceRefused as refused:
            first = str(refused).partition("\n")[0]
        self._run_as = NOBODY
        settle()
        try:
            for folder in self._folder.all():
                for owned in (folder, *folder.rglob("*")):
                    os.chown(owned, *NOBODY)
            return self._start(command, ready, name, environment)
        except (OSError, CommandNotStarted) as error:
            second = str(error).partition("\n")[0]
        raise ServerNotStarted(
            "PostgreSQL refuses to run as root, and neither way around that works here:\n"
            f"  - a user namespace: {first}\n"
            f"  - becoming user {NOBODY[0]}: {second}\n"
            "  fix: run the tests as a user other than root, allow user namespaces "
            "(sysctl user.max_user_namespaces), or point BELLJAR_POSTGRES_URL at a server that "
            "runs already"
        )

    def _start(
        self,
        command: Sequence[str],
        ready: Readiness | None,
        name: str,
        env: Mapping[str, str],
        *,
        user_namespace: bool = False,
    ) -> Process:
        return start_process(
            command,
            name=name,
            env=env,
            ready=ready,
            ready_timeout=READY_SECONDS,
            log=self._log,
            stop_signal=signal.SIGINT,  # "fast": clients are sent away, data is written
            stop_grace=STOP_GRACE,
            # The lock goes with it: the folder is in use while any of its processes lives.
            pass_fds=() if sys.platform == "win32" else (self._folder.lock_fd,),
            user_namespace=user_namespace,
            run_as=self._run_as,
            remove_if_orphaned=self._folder.all(),
        )
