"""A clock stands until it is moved; sleeps of the test move it, and take no time."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from belljar.doubles import BadExpectation, Clock
from belljar.doubles.ledger import Ledger

START = "2026-01-02T03:04:05+00:00"


@pytest.fixture
def stopped(ledger: Ledger) -> Iterator[Clock]:
    clock = Clock(ledger)
    clock.install()
    yield clock
    clock.close()


def test_it_stands_at_a_moment_that_is_always_the_same(stopped: Clock) -> None:
    assert datetime.now(UTC).isoformat() == stopped.now.isoformat() == START
    assert time.time() == time.time() == stopped.now.timestamp()
    assert date.today().year == 2026
    assert uuid.uuid1().time == uuid.uuid1().time - 1


def test_it_is_moved_and_set(stopped: Clock) -> None:
    stopped.advance(90, hours=1)
    assert stopped.now - datetime.fromisoformat(START) == timedelta(hours=1, seconds=90)
    stopped.advance(days=-400)
    assert datetime.now(UTC).year == 2024
    assert stopped.move_to("2026-03-29T00:30:00+02:00").isoformat() == "2026-03-28T22:30:00+00:00"
    assert stopped.move_to(0.0).year == 1970
    assert stopped.move_to(datetime(2030, 1, 1, tzinfo=UTC)).year == 2030


def test_it_goes_on_from_where_it_is_and_stands_again(stopped: Clock) -> None:
    stopped.run()
    begun = time.time()
    while time.time() == begun:
        pass
    assert begun < time.time() < begun + 60
    assert stopped.now.year == 2026
    time.sleep(0.001)
    assert stopped.slept == []
    stopped.stop()
    assert time.time() == time.time()


def test_a_sleep_moves_it_and_takes_no_time(stopped: Clock) -> None:
    begun = time.clock_gettime(time.CLOCK_MONOTONIC)
    time.sleep(600)
    asyncio.run(asyncio.sleep(60))
    assert stopped.slept == [600, 60]
    assert stopped.now - datetime.fromisoformat(START) == timedelta(minutes=11)
    assert time.clock_gettime(time.CLOCK_MONOTONIC) - begun < 60


@pytest.mark.parametrize("by", [3600, timedelta(hours=1)])
def test_it_is_moved_by_seconds_or_a_timedelta(stopped: Clock, by: float | timedelta) -> None:
    assert stopped.advance(by).hour == 4


@pytest.mark.parametrize("by", ["1h", None, 10.0**20, float("nan"), -(10.0**10)])
def test_a_move_by_what_is_no_time_is_refused(stopped: Clock, by: Any) -> None:
    with pytest.raises(BadExpectation, match=r"clock.advance\((?s:.*)valid: 90"):
        stopped.advance(by)
    with pytest.raises(BadExpectation, match="years"):
        stopped.advance(years=1)
    with pytest.raises(BadExpectation, match=r"clock.move_to\("):
        stopped.move_to(None if by == "1h" else float("nan"))  # type: ignore[arg-type]  # that is the point


def test_another_thread_sleeps_for_real(stopped: Clock) -> None:
    thread = threading.Thread(target=time.sleep, args=(0.001,))
    thread.start()
    thread.join()
    assert stopped.slept == []


@pytest.mark.parametrize("moment", ["tomorrow", "2026-01-01T00:00:00", datetime(2026, 1, 1)])
def test_a_moment_without_a_zone_is_refused(stopped: Clock, moment: str | datetime) -> None:
    with pytest.raises(BadExpectation, match=r"(?s)clock.move_to\(.*valid: .*\+00:00"):
        stopped.move_to(moment)


def test_the_time_is_real_again_at_the_end(ledger: Ledger) -> None:
    before = time.sleep, asyncio.sleep
    clock = Clock(ledger)
    clock.install()
    clock.move_to(0.0)
    clock.close()
    assert time.time() > 1_700_000_000
    assert (time.sleep, asyncio.sleep) == before
