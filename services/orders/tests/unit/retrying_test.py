"""Retries: when, how often, and how long is waited in between."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from belljar.doubles.clock import Clock
from services.orders.resilience.deadlines import begin
from services.orders.resilience.retrying import Passing, Retrying, retry_after_of


class Trouble:
    """Fails with these, one after the other, then returns "done"."""

    def __init__(self, *errors: Exception) -> None:
        """Begin with the first."""
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        """One attempt."""
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def retrying(slept: list[float], chance: float = 1.0, attempts: int = 5) -> Retrying:
    """Retries whose pauses are noted, and whose luck is known."""
    return Retrying(attempts, base=0.1, cap=0.3, sleep=slept.append, chance=lambda: chance)


def test_passing_trouble_is_tried_again_with_pauses_that_grow_to_a_limit() -> None:
    slept: list[float] = []
    trouble = Trouble(*[Passing("later")] * 4)
    assert retrying(slept).run(trouble) == "done"
    assert slept == [0.1, 0.2, 0.3, 0.3]


def test_a_pause_is_drawn_from_all_of_its_length() -> None:
    """From nothing on: clients that failed together do not come back together."""
    for chance, expected in ((0.0, [0.0]), (0.5, [0.05])):
        slept: list[float] = []
        retrying(slept, chance).run(Trouble(Passing("later")))
        assert slept == expected


def test_after_the_last_attempt_its_trouble_is_told() -> None:
    trouble = Trouble(*[Passing(f"reason {number}") for number in range(9)])
    with pytest.raises(Passing, match="reason 2"):
        retrying([], attempts=3).run(trouble)
    assert trouble.calls == 3


def test_any_other_error_is_not_tried_again() -> None:
    trouble = Trouble(ValueError("a mistake"))
    with pytest.raises(ValueError, match="a mistake"):
        retrying([]).run(trouble)
    assert trouble.calls == 1


def test_a_retry_after_is_waited_for() -> None:
    """At least so long."""
    slept: list[float] = []
    retrying(slept).run(Trouble(Passing("busy", retry_after=2.0)))
    assert slept == [2.0]


def test_a_pause_that_would_outlast_the_deadline_is_not_begun() -> None:
    """The trouble is told at once: there is time to do something else about it."""
    slept: list[float] = []
    with begin(1.0), pytest.raises(Passing):
        retrying(slept).run(Trouble(Passing("busy", retry_after=2.0)))
    with begin(0), pytest.raises(Passing):
        retrying(slept, chance=0.0).run(Trouble(Passing("late")))
    assert slept == []


def test_a_retry_after_header_is_seconds_or_a_date(clock: Clock) -> None:
    """Or nothing that anybody could follow."""
    soon = format_datetime(clock.now + timedelta(seconds=60))
    assert retry_after_of("3") == 3.0
    assert retry_after_of(soon) == 60.0
    assert retry_after_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert [retry_after_of(header) for header in (None, "soon", "-1")] == [None, None, None]
