"""`run`: one load test from the system's start to the verdicts."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from array import array
from pathlib import Path
from typing import Any

from belljar.load.errors import DriverFailed
from belljar.load.job import Job
from belljar.load.outcome import Outcome
from belljar.load.results import Endpoint, Results
from belljar.load.scenario import SKIP_PATCH, load_scenario
from belljar.processes import start_process

__all__ = ["run"]

# Locust comes first, so that gevent patches modules that nothing has imported from yet.
_DRIVER = "import locust; from belljar.load.driver import main; raise SystemExit(main())"
# What the driver gets on top of its time: importing, connecting, ending.
_GRACE_SECONDS = 60.0


def run(
    scenario: str,
    *,
    users: int = 10,
    seconds: float = 10.0,
    warmup: float = 1.0,
    rate: float | None = None,
    log: Path | None = None,
) -> Outcome:
    """What `users` concurrent users measured in `seconds`, after `warmup` unmeasured ones.

    `scenario` is a module's name or a file. `rate` is how many tasks all users together begin in a
    second, at most; without it each waits as its class says. `log` keeps the driver's log. The
    system of the scenario's `target()` is up for exactly this call.

    Raises `LoadError` when the scenario or the driver is at fault; limits that are missed are in
    the outcome.
    """
    loaded = load_scenario(scenario)
    with (
        tempfile.TemporaryDirectory(prefix="belljar-load-") as folder,
        loaded.target() as host,
    ):
        file = Path(folder) / "results.json"
        job = Job(scenario, host, users, seconds, warmup, rate, str(file))
        environment = {name: value for name, value in os.environ.items() if name != SKIP_PATCH}
        # The driver finds its code where this process does.
        environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
        with start_process(
            [sys.executable, "-c", _DRIVER, job.to_json()],
            name="load driver",
            env=environment,
            log=log or Path(folder) / "driver.log",
        ) as driver:
            code = driver.wait(warmup + seconds + _GRACE_SECONDS)
            if code != 0 or not file.is_file():
                ended = "did not end" if code is None else f"ended with status {code}"
                raise DriverFailed(
                    f"the load driver of scenario {scenario!r} {ended}; it said last:\n"
                    + driver.log_tail()
                )
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    results = _results(content)
    return Outcome(
        scenario=scenario,
        users=users,
        rate=rate,
        results=results,
        verdicts=tuple(threshold.check(results) for threshold in loaded.thresholds),
        task_errors=tuple((message, count) for message, count in content["task_errors"]),
    )


def _results(content: dict[str, Any]) -> Results:
    endpoints = {
        name: Endpoint(name, array("d", durations), content["failures"].get(name, 0))
        for name, durations in sorted(content["durations"].items())
    }
    errors = tuple((name, message, count) for name, message, count in content["errors"])
    return Results(endpoints, content["seconds"], errors)
