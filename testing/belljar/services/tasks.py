"""`TaskRun`: one run of a task, from start to exit code 0."""

from __future__ import annotations

import threading

from belljar.processes import Process
from belljar.processes.errors import ProcessError
from belljar.services.description import Task
from belljar.services.launching import launch, why_not_ready
from belljar.services.surroundings import Surroundings

__all__ = ["TaskRun"]


class TaskRun:
    """Runs a task, as often as it is asked to."""

    def __init__(self, task: Task, around: Surroundings) -> None:
        self.task = task
        self._around = around
        self._process: Process | None = None
        self._given_up = False
        self._lock = threading.Lock()

    def run(self) -> None:
        """Return when it has ended with 0. Raises `NotStarted` or `TaskFailed`."""
        process = launch(self.task, 0, self._around).process
        with self._lock:
            self._process = process
            if self._given_up:
                process.kill()
        try:
            code = process.wait(self.task.timeout)
        finally:
            tail = process.log_tail()
            process.kill()
        if code != 0:
            seen = ProcessError("", command=process.command, returncode=code, log_tail=tail)
            raise why_not_ready(self.task, 0, seen, self._around)

    def give_up(self) -> None:
        """Make a `run` in another thread fail at once, and every later one."""
        with self._lock:
            self._given_up = True
            if self._process is not None:
                self._process.kill()
