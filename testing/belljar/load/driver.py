"""The process that makes the load: Locust without its web page, in a process of its own.

`run` starts it as `DRIVER_COMMAND` with its `Job` as JSON. It notes every single request (Locust's
own statistics round durations) and writes them to the job's file when the time is up.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from locust import User, constant_throughput
from locust.env import Environment

from belljar.load.job import Job
from belljar.load.scenario import import_scenario

__all__ = ["main"]

# What a request in flight gets when the time is up.
_STOP_SECONDS = 10


@dataclass(slots=True)
class _Recorder:
    """Keeps the requests that end after the warm-up."""

    begins: float
    durations: dict[str, list[float]] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    task_errors: Counter[str] = field(default_factory=Counter)

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float,
        exception: BaseException | None,
        **_: Any,
    ) -> None:
        # Requests that end late count too: leaving the slowest out would flatter.
        if time.monotonic() < self.begins:
            return
        key = f"{request_type} {name}"
        self.durations.setdefault(key, []).append(response_time)
        if exception is not None:
            self.failures[key] += 1
            self.errors[key, f"{type(exception).__name__}: {exception}"] += 1

    def on_user_error(self, exception: BaseException, **_: Any) -> None:
        self.task_errors[f"{type(exception).__name__}: {exception}"] += 1

    def as_json(self) -> dict[str, Any]:
        return {
            "durations": self.durations,
            "failures": self.failures,
            "errors": [[*key, count] for key, count in self.errors.most_common()],
            "task_errors": self.task_errors.most_common(),
            "seconds": time.monotonic() - self.begins,
        }


def main() -> int:
    """Make the load that the first argument describes; returns the exit status."""
    job = Job.from_json(sys.argv[1])
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    users = user_classes(job.scenario)
    if not users:
        print(
            f"scenario {job.scenario!r} defines no Locust user class: "
            "derive one from locust.HttpUser or locust.FastHttpUser",
            file=sys.stderr,
        )
        return 2
    if job.rate is not None:
        for user in users:
            user.wait_time = _at_rate(job.rate / job.users)
    environment = Environment(user_classes=users, host=job.host, stop_timeout=_STOP_SECONDS)
    runner = environment.create_local_runner()
    recorder = _Recorder(begins=time.monotonic() + job.warmup)
    events = environment.events
    events.request.add_listener(recorder.on_request)  # type: ignore[no-untyped-call]  # Locust's
    events.user_error.add_listener(recorder.on_user_error)  # type: ignore[no-untyped-call]  # same
    runner.start(job.users, spawn_rate=job.users)
    # Patched by Locust's import: a greenlet, not a thread.
    threading.Timer(job.warmup + job.seconds, runner.quit).start()
    runner.greenlet.join()
    Path(job.results).write_text(json.dumps(recorder.as_json()), encoding="utf-8")
    return 0


def user_classes(source: str) -> list[type[User]]:
    """The user classes that the scenario's module has, and that are not marked abstract."""
    module = import_scenario(source)
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, User) and not value.abstract
    ]


def _at_rate(per_user: float) -> Callable[[User], float]:
    wait: Callable[[User], float] = constant_throughput(per_user)
    return wait
