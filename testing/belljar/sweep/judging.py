"""`judge`: the outcome of a run with a fault, and why.

judge(run, recording, known, trial)     # -> (Outcome.CORRUPTED, "2 x charge of 2500 eur, recorded 1")

The worst that is true: hung, then corrupted, then failed; a test that passed has retried the call, or has
fallen back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from belljar.faults.noted import Noted
from belljar.sweep.outcomes import Outcome
from belljar.sweep.recording import Known, Recording
from belljar.sweep.settling import Settled
from belljar.sweep.trials import Trial

__all__ = ["Run", "judge"]


@dataclass
class Run:
    """How a test went with a fault; `error` is why it did not pass."""

    # Why the test's body was not begun; nothing if it was.
    refused: str = ""
    passed: bool = False
    error: str = ""
    # Why it is said to hang; nothing if it does not.
    hung: str = ""
    fired: bool = True
    seconds: float = 0.0
    settled: Settled | None = None
    calls: Mapping[str, Sequence[Noted]] | None = None


def judge(run: Run, recording: Recording, known: Known, trial: Trial) -> tuple[Outcome, str]:
    """Give the outcome and what is to be said of it."""
    if run.refused:
        return Outcome.NOT_POSSIBLE, run.refused
    if run.hung:
        return Outcome.HUNG, run.hung
    if run.settled is not None and (wrong := _wrong(run.settled, recording)):
        passed = "the test passed" if run.passed else f"the test failed: {run.error}"
        return Outcome.CORRUPTED, f"{wrong}; {passed}"
    if not run.fired:
        return Outcome.NOT_REACHED, "" if run.passed else f"the test failed: {run.error}"
    if not run.passed:
        return Outcome.FAILED, run.error
    return _passed(run, recording, known, trial)


def _passed(run: Run, recording: Recording, known: Known, trial: Trial) -> tuple[Outcome, str]:
    lacking = ""
    if run.settled is not None and run.settled.missing:
        lacking = f"missing after {run.settled.seconds:.1f} s: {_listed(run.settled.missing)}"
    signature = known.signature
    here = sum(signature.means(one.call) for one in (run.calls or {}).get(signature.boundary, ()))
    there = sum(
        call.signature.boundary == signature.boundary and signature.means(call.noted.call)
        for call in recording.calls
        if call.at <= recording.seconds or known.late
    )
    if here > there:
        again = f"made {here} times, recorded {there}"
        if signature in recording.idle:
            again += "; the background makes it, too, so this may be no retry"
        return Outcome.RETRIED, f"{again}; {lacking}" if lacking else again
    if trial.harmless and not lacking:
        return Outcome.ENDURED, ""
    return Outcome.FELL_BACK, lacking


def _wrong(settled: Settled, recording: Recording) -> str:
    recorded: Counter[str] = Counter()
    for name, counted in recording.effects.items():
        for effect, number in counted.items():
            recorded[f"{name}: {effect}"] = number
    lines = [
        f"{recorded[effect] + more} x {effect}, recorded {recorded[effect]}"
        for effect, more in settled.extra.items()
    ]
    lines += [
        f"after {settled.seconds:.1f} s it still does not hold: {text}" for text in settled.broken
    ]
    return "; ".join(lines)


def _listed(counted: Counter[str]) -> str:
    return ", ".join(
        effect if number == 1 else f"{number} x {effect}" for effect, number in counted.items()
    )
