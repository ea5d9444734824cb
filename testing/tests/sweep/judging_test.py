"""Which outcome a run with a fault has, and what is said of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from belljar.faults.matching import Call
from belljar.faults.noted import Noted
from belljar.sweep.judging import Run, judge
from belljar.sweep.limits import Hung, time_limit
from belljar.sweep.outcomes import Outcome
from belljar.sweep.recording import Known, Recording, steady
from belljar.sweep.settling import Patience, Settled, settle
from belljar.sweep.trials import Trial

CALL = Noted(Call("POST", "/charges"), 0.1)
CHARGE = "payments: charge of 5 eur"
TIMEOUT = Trial("timeout", "timeout")


def settled(
    extra: Sequence[str] = (), missing: Sequence[str] = (), broken: Sequence[str] = ()
) -> Settled:
    """Give what there was in the end."""
    return Settled({}, Counter(extra), Counter(missing), broken, 2.0, 0.0)


@pytest.fixture
def known() -> tuple[Recording, Known]:
    """A run with one charge, and that call."""
    effects = {"payments": Counter(["charge of 5 eur"])}
    run = Recording.of({"payments": [CALL]}, {"payments": "http"}, effects, 0.0, 1.0, idle={})
    (call,), _ = steady(run, run)
    return run, call


@pytest.mark.parametrize(
    ("run", "outcome", "detail"),
    [
        (Run(refused="no such fault"), Outcome.NOT_POSSIBLE, "no such fault"),
        (Run(hung="not over", settled=settled([CHARGE])), Outcome.HUNG, "not over"),
        (
            Run(passed=True, settled=settled([CHARGE])),
            Outcome.CORRUPTED,
            f"2 x {CHARGE}, recorded 1; the test passed",
        ),
        (
            Run(error="E", settled=settled(broken=["sold twice"])),
            Outcome.CORRUPTED,
            "after 2.0 s it still does not hold: sold twice; the test failed: E",
        ),
        (Run(passed=True, fired=False, settled=settled()), Outcome.NOT_REACHED, ""),
        (Run(error="E", settled=settled(missing=[CHARGE])), Outcome.FAILED, "E"),
        (
            Run(passed=True, settled=settled(), calls={"payments": [CALL, CALL]}),
            Outcome.RETRIED,
            "made 2 times, recorded 1",
        ),
        (Run(passed=True, settled=settled(), calls={"payments": [CALL]}), Outcome.FELL_BACK, ""),
        (
            Run(passed=True, settled=settled(missing=[CHARGE]), calls={"payments": [CALL]}),
            Outcome.FELL_BACK,
            f"missing after 2.0 s: {CHARGE}",
        ),
    ],
)
def test_the_worst_that_is_true_is_the_outcome(
    known: tuple[Recording, Known], run: Run, outcome: Outcome, detail: str
) -> None:
    assert judge(run, *known, TIMEOUT) == (outcome, detail)


def test_who_takes_a_late_answer_has_endured(known: tuple[Recording, Known]) -> None:
    late = Trial("latency", "latency", {"mean": 0.2})
    run = Run(passed=True, settled=settled(), calls={"payments": [CALL]})
    assert judge(run, *known, late) == (Outcome.ENDURED, "")


def test_two_recordings_are_together_what_either_has(known: tuple[Recording, Known]) -> None:
    run, _ = known
    more = replace(run, effects={"email": Counter(["mail"])}, seconds=3.0)
    both = run.together(more)
    assert both.effects == {**run.effects, **more.effects}
    assert both.seconds == 3.0


def never() -> None:
    """Do not hold."""
    raise AssertionError("it is\nnot so")


def test_what_is_right_at_once_is_not_waited_for() -> None:
    found = settle(lambda: {}, {}, [lambda: None], passed=True, patience=Patience(60, 60))
    assert found.seconds < 1
    assert not (found.extra or found.missing or found.broken)


def test_what_comes_late_is_waited_for() -> None:
    looks = iter([{}, {}, {"a": Counter("x")}])
    found = settle(
        lambda: next(looks), {"a": Counter("x")}, [], passed=True, patience=Patience(60, 60)
    )
    assert not found.missing


def test_what_is_too_much_may_be_given_back() -> None:
    looks = iter([{"a": Counter("xx")}, {"a": Counter("x")}])
    found = settle(
        lambda: next(looks), {"a": Counter("x")}, [], passed=True, patience=Patience(60, 60)
    )
    assert not found.extra


def test_what_never_comes_and_never_holds_is_told_in_one_line_each() -> None:
    found = settle(
        lambda: {"a": Counter("y")},
        {"a": Counter("x")},
        [never],
        passed=True,
        patience=Patience(0.05, 0.1),
    )
    assert (found.missing, found.extra) == (Counter(["a: x"]), Counter(["a: y"]))
    assert found.broken == ["it is"]


def test_an_invariant_that_breaks_is_named_with_its_error() -> None:
    def looks_wrong() -> None:
        raise KeyError("orders")

    found = settle(lambda: {}, None, [looks_wrong], passed=True, patience=Patience(0, 0))
    assert found.broken == ["looks_wrong: KeyError: 'orders'"]


def spin(take: type[BaseException]) -> None:
    """Go on until something else than `take` is raised."""
    while True:
        try:
            while True:
                pass
        except take:
            pass


def test_a_body_that_takes_every_exception_is_ended_nonetheless() -> None:
    with pytest.raises(Hung, match=r"not over after 0\.05 s"), time_limit(0.05):
        spin(Exception)


def test_a_body_in_its_time_is_left_alone() -> None:
    import signal

    with time_limit(60):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 1
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
