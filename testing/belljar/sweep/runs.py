"""One run of a test inside a sweep: `recorded_run` without a fault, `faulted_run` with one.

recording = recorded_run(item, options)
run = faulted_run(item, plan, recording, known, options)

Nothing is reported of such a run, and nothing of it stays at the test's item.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from _pytest.runner import call_and_report

from belljar.faults.plan import Plan
from belljar.faults.plugin import GIVEN
from belljar.sweep.errors import NothingToSweep, RecordFailed
from belljar.sweep.judging import Run
from belljar.sweep.options import Options
from belljar.sweep.probe import Probe
from belljar.sweep.recording import Known, Recording
from belljar.sweep.settling import Settled, settle

__all__ = ["PROBE", "Reports", "faulted_run", "recorded_run"]

PROBE = pytest.StashKey[Probe]()
Reports = list[pytest.TestReport]
STEP = 0.02


def recorded_run(item: pytest.Item, options: Options) -> tuple[Recording, Reports]:
    """Give what the test does without faults, and the run's reports. Raises `RecordFailed`."""
    probe = Probe(item, options.boundaries, options.limit)
    recordings: list[Recording] = []

    def after(report: pytest.TestReport) -> None:
        if not report.passed:
            return
        seconds = probe.ended - probe.begun
        settled = settle(
            probe.effects, None, probe.invariants(), passed=True, patience=options.patience
        )
        if settled.broken:
            raise RecordFailed(
                f"{item.nodeid}: without any fault it does not hold: {settled.broken[0]}",
                fix="mend the invariant, or the code: a sweep needs one that holds",
            )
        calls = {
            name: [one for one in noted if one.at <= max(settled.changed, probe.ended)]
            for name, noted in probe.calls().items()
        }
        idle = {
            name: [one for one in noted if one.at > settled.changed]
            for name, noted in probe.calls().items()
        }
        recording = Recording.of(
            calls, probe.families, settled.effects, probe.begun, seconds, idle=idle
        )
        recordings.append(replace(recording, boundaries=probe.boundaries()))
        probe.clear()

    reports = _run(item, probe, None, after)
    if not recordings or not all(report.passed for report in reports):
        failed = next((report for report in reports if not report.passed), reports[-1])
        if failed.skipped:
            raise NothingToSweep(f"{item.nodeid} is skipped: {error_of(failed)}")
        raise RecordFailed(
            f"{item.nodeid} fails without any fault: {error_of(failed)}",
            fix="let it pass first: a sweep compares with that",
        )
    return recordings[0], reports


def faulted_run(
    item: pytest.Item,
    plan: Plan,
    recording: Recording,
    known: Known,
    options: Options,
    *,
    fresh_if_missed: bool = False,
) -> Run:
    """Give how the test goes with the one fault of the plan.

    After a run that failed the services are ended, to be started anew for the next one; where
    `fresh_if_missed`, also after one in which the fault did not happen.
    """
    probe = Probe(item, options.boundaries, options.limit_of(recording.seconds))
    run = Run()

    def after(report: pytest.TestReport) -> None:
        run.passed = report.passed
        run.error = error_of(report)
        run.hung = probe.hung
        run.seconds = probe.ended - probe.begun
        if run.passed and known.late:
            # The call comes when the test is over: the fault has to be there still.
            until = probe.begun + known.at + options.patience.effects
            while not probe.fired() and time.monotonic() < until:
                time.sleep(STEP)  # between two looks
        run.fired = probe.fired()
        run.calls = probe.calls()
        if complaints := probe.clear():
            run.hung = run.hung or complaints[0]
        run.settled = settle(
            probe.effects,
            recording.effects,
            probe.invariants(),
            passed=run.passed,
            patience=options.patience,
        )
        missed = fresh_if_missed and not run.fired
        if not run.passed or missed or run.hung or _is_bad(run.settled):
            # Their memory may be off: of a breaker that is open, of a request that never ends.
            probe.kill_services()

    reports = _run(item, probe, plan, after)
    if not reports[0].passed:
        run.refused = error_of(reports[0])
        probe.kill_services()
    elif run.passed and not reports[-1].passed and not run.hung:
        run.passed, run.error = False, f"at its end: {error_of(reports[-1])}"
    return run


def _is_bad(settled: Settled) -> bool:
    return bool(settled.extra or settled.broken)


def _run(item: pytest.Item, probe: Probe, plan: Plan | None, after: Any) -> Reports:
    """Give the reports of the three phases; `after` is called between the body and the teardown."""
    with _as_new(item, probe, plan):
        reports = [call_and_report(item, "setup", log=False)]
        trouble: BaseException | None = None
        if reports[0].passed:
            reports.append(call_and_report(item, "call", log=False))
            try:
                after(reports[-1])
            except BaseException as error:  # raised again below: what is set up is torn down first
                trouble = error
        # Modules and sessions keep what they have set up for the next run.
        around: Any = item.parent
        reports.append(call_and_report(item, "teardown", log=False, nextitem=around))
    if trouble is not None:
        raise trouble
    return reports


@contextmanager
def _as_new(item: Any, probe: Probe, plan: Plan | None) -> Iterator[None]:
    """Let the item be as if it had never run, and the plan at work as with `--faults`."""
    stash, config = item.stash, item.config.stash
    kept = dict(stash._storage)
    properties, sections = list(item.user_properties), list(item._report_sections)
    given = config[GIVEN]
    config[GIVEN] = plan
    stash[PROBE] = probe
    if not item._request:
        item._initrequest()
    try:
        yield
    finally:
        item._request = False
        item.funcargs = None
        config[GIVEN] = given
        stash._storage.clear()
        stash._storage.update(kept)
        item.user_properties[:] = properties
        item._report_sections[:] = sections


def error_of(report: pytest.TestReport) -> str:
    """Give the last word of a failure: the exception with its message, in one line."""
    if report.passed:
        return ""
    longrepr: Any = report.longrepr
    crash = getattr(longrepr, "reprcrash", None)
    if isinstance(longrepr, tuple):  # of a skip: file, line, reason
        text = str(longrepr[2])
    else:
        text = str(crash.message if crash is not None else longrepr or "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # Of a fixture that there is not, the place comes first.
    marked = [line[1:].strip() for line in lines if line.startswith("E ")]
    return (marked or lines or ["no reason was given"])[0][:300]
