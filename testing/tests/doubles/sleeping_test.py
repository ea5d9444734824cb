"""Sleeps take no time, and whatever measures the test's time sees them."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from belljar.doubles import Clock
from belljar.doubles.ledger import Ledger


@pytest.fixture
def stopped(ledger: Ledger) -> Iterator[Clock]:
    clock = Clock(ledger)
    clock.install()
    yield clock
    clock.close()


@pytest.mark.parametrize("measure", ["time", "monotonic", "perf_counter"])
def test_a_loop_that_sleeps_until_a_deadline_ends(stopped: Clock, measure: str) -> None:
    now = getattr(time, measure)
    end, count = now() + 30, 0
    while now() < end:
        time.sleep(10)
        count += 1
    assert count == 3


def test_clocks_in_nanoseconds_are_moved_too(stopped: Clock) -> None:
    begun = time.monotonic_ns(), time.perf_counter_ns()
    time.sleep(5)
    assert time.monotonic_ns() - begun[0] >= 5_000_000_000
    assert time.perf_counter_ns() - begun[1] >= 5_000_000_000


def test_tasks_wake_in_the_order_of_their_times(stopped: Clock) -> None:
    woken: list[tuple[int, float]] = []
    start = time.time()

    async def nap(seconds: int) -> None:
        await asyncio.sleep(seconds)
        woken.append((seconds, time.time() - start))

    async def all_of_them() -> None:
        await asyncio.gather(nap(30), nap(10), nap(20))

    asyncio.run(all_of_them())
    assert woken == [(10, 10), (20, 20), (30, 30)]
    assert stopped.slept == [30, 10, 20]


def test_a_timeout_that_a_sleep_passes_is_over(stopped: Clock) -> None:
    start = time.time()

    async def wait() -> None:
        async with asyncio.timeout(5):
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        asyncio.run(wait())
    assert 4.9 < time.time() - start < 6


def test_polling_under_a_timeout_ends(stopped: Clock) -> None:
    async def poll() -> None:
        while True:
            await asyncio.sleep(1)

    with pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(poll(), 30))
    assert 29 <= len(stopped.slept) <= 31


def test_a_sleep_that_is_cancelled_moves_nothing(stopped: Clock) -> None:
    start = time.time()

    async def cancel() -> None:
        sleeper = asyncio.create_task(asyncio.sleep(1000))
        await asyncio.sleep(0)
        sleeper.cancel()
        await asyncio.sleep(5)

    asyncio.run(cancel())
    asyncio.run(asyncio.sleep(5))
    assert time.time() - start == 10


def test_a_sleep_that_a_module_imported_by_name_is_taken_and_given_back(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("naps_before", "naps_meanwhile"):
        text = "from time import sleep\n\ndef nap():\n    sleep(600)\n"
        (tmp_path / f"{name}.py").write_text(text)
    before = __import__("naps_before")
    real = before.sleep
    clock = Clock(ledger)
    clock.install()
    before.nap()
    __import__("naps_meanwhile").nap()
    assert clock.slept == [600, 600]
    clock.close()
    assert before.sleep is real is time.sleep
    sys.modules["naps_meanwhile"].sleep(0.001)
    assert clock.slept == [600, 600]


def test_another_thread_measures_real_time(stopped: Clock) -> None:
    seen: list[float] = []
    time.sleep(3600)
    thread = threading.Thread(target=lambda: seen.append(time.monotonic()))
    thread.start()
    thread.join()
    assert time.monotonic() - seen[0] > 3000
