"""`Clock`: what the fixture `clock` gives; a clock that stands until it is moved. Over time-machine.

    clock.move_to("2026-03-29T00:30:00+00:00")
    clock.advance(hours=1)
    clock.run()            # it goes on from here; `stop` lets it stand again

Moved are `datetime`, `date`, `time.time`, `gmtime`, `strftime`, `uuid1` and all that is made of them, also in
threads. Not moved are `time.monotonic` and `perf_counter`, so an event loop's timeouts are real; another process; a
database's `now()`. `time.sleep` and `asyncio.sleep` of the test's thread move a clock that stands, and take no time.
"""

from __future__ import annotations

import asyncio
import datetime
import threading
import time
from contextlib import ExitStack
from typing import Any, cast

from belljar.doubles.errors import BadExpectation, LibraryMissing
from belljar.doubles.ledger import Ledger

__all__ = ["Clock"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

START = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
Moment = datetime.datetime | str | float


class Clock:
    """Stands at 2026-01-02 03:04:05 UTC at first. `slept` are the seconds of the sleeps that it has taken."""

    def __init__(self, ledger: Ledger) -> None:
        self.slept: list[float] = []
        self._ledger = ledger
        self._stands = True
        self._patches = ExitStack()
        self._traveller: Any = None

    def install(self) -> None:
        """Stop the clock."""
        try:
            import time_machine
        except ImportError:
            raise self._ledger.error(
                LibraryMissing,
                "time-machine is not installed",
                fix="add time-machine to the test's deps",
            ) from None
        self._traveller = self._patches.enter_context(time_machine.travel(START, tick=False))
        test_thread = threading.get_ident()
        sleep, async_sleep = time.sleep, asyncio.sleep

        def moved(seconds: float) -> bool:
            # Other threads, as a server's, wait for real: they would move the clock without end.
            return self._stands and threading.get_ident() == test_thread and seconds > 0

        def time_sleep(seconds: float) -> None:
            if moved(seconds):
                self._sleep(seconds)
            else:
                sleep(seconds)

        async def asyncio_sleep(delay: float, result: Any = None) -> Any:
            if moved(delay):
                self._sleep(delay)
                delay = 0
            return await async_sleep(delay, result)

        self._patches.callback(setattr, time, "sleep", sleep)
        self._patches.callback(setattr, asyncio, "sleep", async_sleep)
        time.sleep = cast(Any, time_sleep)
        asyncio.sleep = cast(Any, asyncio_sleep)

    def close(self) -> None:
        """Give the real time back."""
        self._patches.close()

    @property
    def now(self) -> datetime.datetime:
        """What time it is, in UTC."""
        return datetime.datetime.now(datetime.UTC)

    def move_to(self, moment: Moment) -> datetime.datetime:
        """Set the clock: a datetime with a zone, ISO 8601 with one, or seconds since 1970."""
        if isinstance(moment, str):
            try:
                moment = datetime.datetime.fromisoformat(moment)
            except ValueError:
                raise self._bad(f"clock.move_to({moment!r}): not ISO 8601") from None
        if isinstance(moment, datetime.datetime) and moment.tzinfo is None:
            raise self._bad(f"clock.move_to({moment.isoformat()!r}): no time zone")
        if isinstance(moment, datetime.datetime):
            moment = moment.astimezone(datetime.UTC)
        # Without a zone of the destination's: the process keeps its own.
        self._traveller.move_to(
            moment.timestamp() if isinstance(moment, datetime.datetime) else float(moment),
            tick=not self._stands,
        )
        return self.now

    def advance(self, seconds: float = 0, **parts: float) -> datetime.datetime:
        """Move the clock by so many seconds, or `minutes=`, `hours=`, `days=`; back, if below 0."""
        self._traveller.shift(datetime.timedelta(seconds=seconds, **parts))
        return self.now

    def run(self) -> None:
        """Let it go on from where it is."""
        self._stands = False
        self._traveller.move_to(time.time(), tick=True)

    def stop(self) -> None:
        """Let it stand where it is."""
        self._stands = True
        self._traveller.move_to(time.time(), tick=False)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._traveller.shift(float(seconds))

    def _bad(self, summary: str) -> BadExpectation:
        return self._ledger.error(
            BadExpectation,
            summary,
            choices=[
                '"2026-03-29T00:30:00+00:00"',
                "datetime(2026, 3, 29, tzinfo=UTC)",
                "1774744200.0",
            ],
            fix="say the moment with its zone: without one it is another on each machine",
        )
