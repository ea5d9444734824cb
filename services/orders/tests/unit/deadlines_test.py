"""Deadlines: waits get what is left, and parts of a request never more than the request."""

from __future__ import annotations

import contextvars
import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.orders.resilience.deadlines import DeadlinePassed, begin, left, spare, within


def test_without_a_deadline_a_wait_has_its_own_limit() -> None:
    assert (left(3.0), left()) == (3.0, math.inf)


def test_a_wait_gets_what_is_left_or_less() -> None:
    """Whichever is shorter."""
    with begin(10):
        assert 9 < left() <= 10
        assert left(3.0) == 3.0


def test_a_part_has_no_more_time_than_the_whole() -> None:
    """Though it asks for more; afterwards the whole has what it had."""
    with begin(10):
        with within(60):
            assert left() <= 10
        with within(1):
            assert left() <= 1
        assert left() > 9


def test_when_the_time_is_up_nothing_is_waited_for() -> None:
    with begin(0), pytest.raises(DeadlinePassed):
        left(3.0)


def test_to_leave_things_tidy_there_is_always_a_little_time() -> None:
    """And never less than there was."""
    with begin(0), spare(0.5):
        assert 0 < left() <= 0.5
    with begin(10), spare(0.5):
        assert left() > 9


def test_a_deadline_goes_along_with_its_context_only() -> None:
    """A thread that serves the request has it, another one does not."""
    with begin(10), ThreadPoolExecutor(1) as pool:
        assert pool.submit(contextvars.copy_context().run, left).result() <= 10
        assert pool.submit(left).result() == math.inf
