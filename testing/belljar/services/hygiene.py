"""`watch_stop`: stops a service and tells how it did: what `NAME.hygiene_test` judges.

What a service leaves running is killed at its end (`belljar.processes`), so that nobody would see
it. To see it, that killing is held up for a moment.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from belljar.services.checking import stop_signal
from belljar.services.description import Service
from belljar.services.instance import Ended
from belljar.services.proc import (
    command_of,
    environment_of,
    has_ended,
    keeper_of,
    left_memory,
    shared_memory,
    under,
)
from belljar.services.running import RunningService

__all__ = ["Stop", "files_in", "last_lines", "temporary_folders", "watch_stop"]

# For what a service has started, once it has ended itself.
SETTLE_SECONDS = 1.0
# For a thread to begin; who watches a service looks up twice a second.
ASK_SECONDS = 10.0
_LOOK_SECONDS = 0.005


@dataclass(frozen=True)
class Stop:
    """How a service has stopped. `in_time` is false when it had to be killed.

    `processes` are those that it has left running, `memory` the shared memory that nobody removes.
    """

    ended: tuple[Ended, ...]
    seconds: float
    in_time: bool
    processes: tuple[str, ...] = ()
    memory: tuple[str, ...] = ()


def watch_stop(service: RunningService, described: Service) -> Stop:
    """Stop a service that runs, and return how it went. Raises `NotRunning`."""
    pids = [instance.pid for instance in service.instances]
    keepers = [keeper for pid in pids if (keeper := keeper_of(pid)) is not None]
    if len(keepers) != len(pids):  # the system does not tell, or they end by other means
        begun = time.monotonic()
        ended = tuple(service.stop())
        forced = any(each.forced for each in ended)
        return Stop(ended, time.monotonic() - begun, in_time=not forced)
    memory = shared_memory(under(keepers))
    results: list[Ended] = []
    stopping = threading.Thread(target=lambda: results.extend(service.stop()))
    with _held(keepers):
        stopping.start()
        # From then on nobody calls its end a death.
        _within(ASK_SECONDS, lambda: all(one._asked for one in service._instances))
        begun = time.monotonic()
        for pid in pids:
            os.kill(pid, stop_signal(described))
        in_time = _within(described.stop_grace, lambda: all(map(has_ended, pids)))
        seconds = time.monotonic() - begun
        left: set[int] = set()
        if in_time:
            _within(SETTLE_SECONDS, lambda: not under(keepers))
            left = under(keepers)
        processes = tuple(f"{command_of(pid)} (pid {pid})" for pid in sorted(left))
    if not in_time:
        service.kill()
    stopping.join()
    return Stop(
        tuple(results),
        seconds,
        in_time=in_time,
        processes=processes,
        memory=tuple(sorted(left_memory(memory))),
    )


def last_lines(service: RunningService) -> str:
    """Return what it wrote last, as a message may show it: without secrets."""
    return service._instances[0].log.shown()


def temporary_folders(service: RunningService) -> set[Path]:
    """Return the folders that a service which runs has for temporary files, where the system tells."""
    folders = {environment_of(one.pid).get("TMPDIR", "") for one in service.instances}
    return {Path(folder) for folder in folders if folder}


def files_in(folders: Collection[Path]) -> set[Path]:
    """Return the files, sockets and empty folders in those."""
    return {
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir() or not any(path.iterdir())
    }


@contextmanager
def _held(keepers: Collection[int]) -> Iterator[None]:
    """Hold up the keepers. They go on when this is left, or when this process is killed meanwhile."""
    numbers = [str(pid) for pid in keepers]
    with subprocess.Popen(
        ["/bin/sh", "-c", 'read -r _; kill -CONT "$@"', "sh", *numbers],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ):  # leaving it closes its input, and waits
        try:
            for pid in keepers:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in keepers:
                os.kill(pid, signal.SIGCONT)


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Return whether it became true in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK_SECONDS)  # between two looks: they are not our children
    return True
