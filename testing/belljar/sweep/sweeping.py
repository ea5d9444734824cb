"""`sweep`: runs a test three times without faults, then once for each call and each kind of fault that fits.

matrix, reports = sweep(item, options, progress)

Whatever the runs share stays: services run on, sessions and modules keep their fixtures, databases are put
back by the fixtures that have them. After a run that failed the services are started anew.
"""

from __future__ import annotations

import os
import shlex
import time
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from belljar.faults.plan import Plan
from belljar.faults.rule import Rule, When
from belljar.faults.saving import replay_command
from belljar.sweep.errors import NothingToSweep
from belljar.sweep.judging import judge
from belljar.sweep.matrix import Cell, Matrix, Row
from belljar.sweep.options import Options
from belljar.sweep.outcomes import Outcome
from belljar.sweep.recording import Known, Recording, steady
from belljar.sweep.runs import Reports, faulted_run, recorded_run
from belljar.sweep.trials import Trial, trials_for

__all__ = ["FLAG", "Progress", "sweep"]

# What brings the sweep to a Bazel target, in a command that replays a cell.
FLAG = "--//bazel:sweep"
# Told of the number of cells, then of each.
Progress = Callable[[int, Cell | None], object]


def sweep(item: pytest.Item, options: Options, progress: Progress) -> tuple[Matrix, Reports]:
    """Give the matrix, and the reports of the first run. Raises `SweepError`."""
    begun = time.monotonic()
    # The first run has what comes once only: connections, types that are looked up.
    _, reports = recorded_run(item, options)
    first, _ = recorded_run(item, options)
    second, _ = recorded_run(item, options)
    calls, notes = steady(first, second)
    recording = first.together(second)
    matrix = Matrix(item.nodeid, os.environ.get("TEST_TARGET", ""), notes=notes)
    matrix.effects = [
        f"{number} x {name}: {effect}"
        for name, counted in recording.effects.items()
        for effect, number in sorted(counted.items())
    ]
    matrix.recorded_seconds = recording.seconds
    work = _laid_out(matrix, calls, options)
    if not work:
        raise _nothing(item, recording, options)
    # Mixed: what the code remembers of one trouble (an open breaker) is over when its like comes again.
    mine = sorted(
        (one for one in work if _is_mine(*one, options)), key=lambda one: _number_of(*one)
    )
    progress(len(mine), None)
    missed = []
    for known, trial in mine:
        cell = _filled(item, recording, known, trial, options)
        if cell.outcome is Outcome.NOT_REACHED:
            missed.append((known, trial))
            continue
        matrix.add(cell)
        progress(len(mine), cell)
    for known, trial in missed:
        cell = _filled(item, recording, known, trial, options, again=True)
        matrix.add(cell)
        progress(len(mine), cell)
    matrix.seconds = time.monotonic() - begun
    return matrix, reports


def _laid_out(matrix: Matrix, calls: list[Known], options: Options) -> list[tuple[Known, Trial]]:
    """Give what is to be tried, and put its rows and columns into the matrix."""
    work = []
    columns: dict[str, None] = {}
    # By boundary, in the order of their first calls.
    order = list(dict.fromkeys(known.signature.boundary for known in calls))
    for known in sorted(calls, key=lambda known: order.index(known.signature.boundary)):
        signature = known.signature
        trials = trials_for(signature.family, options.kinds)
        names = tuple(trial.name for trial in trials)
        matrix.rows.append(
            Row(
                known.key,
                signature.boundary,
                signature.family,
                str(signature),
                known.number,
                names,
            )
        )
        columns |= dict.fromkeys(names)
        work += [(known, trial) for trial in trials]
    matrix.columns = list(columns)
    return work


def _nothing(item: pytest.Item, recording: Recording, options: Options) -> NothingToSweep:
    if not (options.boundaries or options.kinds):
        return NothingToSweep(
            f"{item.nodeid}: it makes no outside calls",
            fix="sweep a test that uses services or mocks, or say what else counts: "
            "--sweep-boundaries=file",
        )
    asked = ", ".join((*options.boundaries, *options.kinds))
    return NothingToSweep(
        f"{item.nodeid}: it makes no outside calls that --sweep-boundaries and --sweep-kinds mean "
        f"({asked})",
        choices=recording.boundaries if options.boundaries else (),
        fix="name boundaries that it calls, and kinds that fit there; or leave both out",
    )


def _is_mine(known: Known, trial: Trial, options: Options) -> bool:
    return _number_of(known, trial) % options.parts == options.part - 1


def _number_of(known: Known, trial: Trial) -> int:
    # By name: every process finds the same without knowing of the others.
    return zlib.crc32(f"{known.key} {trial.name}".encode())


def _filled(
    item: pytest.Item,
    recording: Recording,
    known: Known,
    trial: Trial,
    options: Options,
    *,
    again: bool = False,
) -> Cell:
    """Give a cell; one that was missed is asked for `again`, and then on fresh services if need be."""
    plan = _plan(item, known, trial)
    outcome, detail, seconds = _tried(item, plan, recording, known, trial, options, again)
    cell = Cell(known.key, trial.name, outcome, detail, seconds, plan=plan.to_json())
    if outcome.bad or (again and outcome is Outcome.NOT_REACHED):
        # Once more, with services that know nothing of what was before.
        second, said, _ = _tried(item, plan, recording, known, trial, options, again)
        if second is not outcome:
            worse = _worse(outcome, second)
            other = second if worse is outcome else outcome
            cell = replace(
                cell,
                outcome=worse,
                detail=detail if worse is outcome else said,
                unsteady=Outcome.NOT_REACHED not in (outcome, second),
                other=other.value,
            )
    return replace(cell, replay=_replay(plan))


def _worse(one: Outcome, other: Outcome) -> Outcome:
    return min(one, other, key=list(Outcome).index)


def _tried(
    item: pytest.Item,
    plan: Plan,
    recording: Recording,
    known: Known,
    trial: Trial,
    options: Options,
    again: bool,
) -> tuple[Outcome, str, float]:
    run = faulted_run(item, plan, recording, known, options, fresh_if_missed=again)
    outcome, detail = judge(run, recording, known, trial)
    return outcome, detail, run.seconds


def _plan(item: pytest.Item, known: Known, trial: Trial) -> Plan:
    rule = Rule(
        known.signature.boundary,
        trial.kind,
        dict(known.signature.match),
        dict(trial.values),
        When(calls=(known.counted,)),
    )
    return Plan(rules=(rule,), test=item.nodeid)


def _replay(plan: Plan) -> str:
    """Give the command that runs the test with this one fault."""
    if os.environ.get("TEST_TARGET"):
        from pathlib import Path

        command = replay_command(plan, Path(), os.environ)
        return command.replace("./bazelw test ", f"./bazelw test {FLAG} ", 1)
    return f"pytest {shlex.quote(plan.test)} {shlex.quote(f'--faults={plan.dumps()}')}"
