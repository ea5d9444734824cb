"""Load tests: a scenario's users drive its system, and thresholds judge what was measured.

    from belljar.load import Threshold, run

    outcome = run("services.orders.tests.perf.scenario", users=4, seconds=3)
    assert outcome.passed, outcome.table()

Nothing here imports Locust into this process before a scenario does, and never patched: the load
is made by a process of its own.
"""

from belljar.load.durations import parse_duration
from belljar.load.errors import (
    BadDuration,
    BadScenario,
    BadThreshold,
    DriverFailed,
    LoadError,
)
from belljar.load.outcome import Outcome
from belljar.load.results import Endpoint, Results
from belljar.load.run import run
from belljar.load.scenario import Scenario, load_scenario
from belljar.load.thresholds import Threshold, Verdict

__all__ = [
    "BadDuration",
    "BadScenario",
    "BadThreshold",
    "DriverFailed",
    "Endpoint",
    "LoadError",
    "Outcome",
    "Results",
    "Scenario",
    "Threshold",
    "Verdict",
    "load_scenario",
    "parse_duration",
    "run",
]
