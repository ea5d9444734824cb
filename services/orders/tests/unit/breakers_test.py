"""A circuit breaker: closed, open, half-open, and what makes it go from one to the other."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.orders.resilience.breakers import CircuitBreaker, CircuitOpen


class Neighbour:
    """Answers, or fails, as it is told."""

    def __init__(self) -> None:
        """Begin well."""
        self.up = True
        self.calls = 0

    def __call__(self) -> str:
        """One call."""
        self.calls += 1
        if not self.up:
            raise ConnectionError("down")
        return "hello"


class Stopwatch:
    """Seconds that pass when the test says so."""

    seconds = 100.0

    def __call__(self) -> float:
        """The seconds so far."""
        return self.seconds


@pytest.fixture
def neighbour() -> Neighbour:
    """A neighbour that is up."""
    return Neighbour()


@pytest.fixture
def stopwatch() -> Stopwatch:
    """The breaker's clock."""
    return Stopwatch()


@pytest.fixture
def breaker(stopwatch: Stopwatch) -> CircuitBreaker:
    """A breaker that opens after three failures, for five seconds."""
    return CircuitBreaker("the neighbour", failures=3, cool_down=5.0, monotonic=stopwatch)


def state_of(breaker: CircuitBreaker) -> str:
    """Its state at this moment."""
    return breaker.state


def call(breaker: CircuitBreaker, neighbour: Neighbour) -> str:
    """What came of a call."""
    try:
        return breaker.call(neighbour, counts=lambda error: isinstance(error, OSError))
    except OSError:
        return "failed"
    except CircuitOpen:
        return "open"


def test_it_opens_after_so_many_failures_in_a_row(
    breaker: CircuitBreaker, neighbour: Neighbour, caplog: pytest.LogCaptureFixture
) -> None:
    """Which is logged, once; the neighbour is left alone."""
    neighbour.up = False
    assert [call(breaker, neighbour) for _ in range(5)] == ["failed"] * 3 + ["open"] * 2
    assert (neighbour.calls, state_of(breaker)) == (3, "open")
    (record,) = caplog.records
    assert record.getMessage() == (
        "the neighbour failed (3 in a row): the circuit is open for 5.0 s: down"
    )


def test_a_success_in_between_begins_the_count_anew(
    breaker: CircuitBreaker, neighbour: Neighbour
) -> None:
    for up in (False, False, True, False, False):
        neighbour.up = up
        call(breaker, neighbour)
    assert state_of(breaker) == "closed"


def test_what_is_no_failure_shows_that_the_neighbour_is_there(breaker: CircuitBreaker) -> None:
    """A declined card is an answer."""

    def decline() -> None:
        raise LookupError("declined")

    for _ in range(5):
        with pytest.raises(LookupError):
            breaker.call(decline, counts=lambda error: isinstance(error, OSError))
    assert state_of(breaker) == "closed"


def test_an_open_one_says_when_to_come_back(
    breaker: CircuitBreaker, neighbour: Neighbour, stopwatch: Stopwatch
) -> None:
    neighbour.up = False
    for _ in range(3):
        call(breaker, neighbour)
    stopwatch.seconds += 2
    with pytest.raises(CircuitOpen, match=r"the neighbour .* left alone for 3\.0 s") as caught:
        breaker.admit()
    assert caught.value.retry_after == 3.0


def test_after_a_while_one_trial_decides(
    breaker: CircuitBreaker,
    neighbour: Neighbour,
    stopwatch: Stopwatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It fails: open for another while. It succeeds: closed, and that is logged."""
    neighbour.up = False
    for _ in range(3):
        call(breaker, neighbour)
    stopwatch.seconds += 5
    assert state_of(breaker) == "half-open"
    assert [call(breaker, neighbour) for _ in range(2)] == ["failed", "open"]
    stopwatch.seconds += 5
    neighbour.up = True
    with caplog.at_level(logging.INFO):
        assert [call(breaker, neighbour) for _ in range(2)] == ["hello", "hello"]
    assert state_of(breaker) == "closed"
    assert "the neighbour answers again" in caplog.text


def test_of_many_threads_one_makes_the_trial(
    breaker: CircuitBreaker, neighbour: Neighbour, stopwatch: Stopwatch
) -> None:
    """The others are refused as before, until it is known."""
    neighbour.up = False
    for _ in range(3):
        call(breaker, neighbour)
    stopwatch.seconds += 5
    asked, answer = threading.Event(), threading.Event()

    def slow() -> str:
        asked.set()
        assert answer.wait(30)
        return "hello"

    with ThreadPoolExecutor(1) as pool:
        trial = pool.submit(breaker.call, slow, counts=lambda _: True)
        assert asked.wait(30)
        assert [call(breaker, neighbour) for _ in range(3)] == ["open"] * 3
        answer.set()
        assert trial.result(30) == "hello"
    assert (neighbour.calls, state_of(breaker)) == (3, "closed")


def test_a_trial_of_which_nothing_was_heard_is_not_waited_for_for_ever(
    breaker: CircuitBreaker, neighbour: Neighbour, stopwatch: Stopwatch
) -> None:
    """Its thread may have been ended; another one tries after the same while."""
    neighbour.up = False
    for _ in range(3):
        call(breaker, neighbour)
    stopwatch.seconds += 5
    breaker.admit()
    neighbour.up = True
    assert call(breaker, neighbour) == "open"
    stopwatch.seconds += 5
    assert call(breaker, neighbour) == "hello"
