"""`Clock`: what the fixture `clock` gives; a clock that stands until it is moved. Over time-machine.

    clock.move_to("2026-03-29T00:30:00+00:00")
    clock.advance(hours=1)
    clock.run()            # it goes on from here; `stop` lets it stand again

Moved are `datetime`, `date`, `time.time`, `gmtime`, `strftime`, `uuid1` and all that is made of them, also in
threads. Not moved are another process, and a database's `now()`. `time.sleep` and `asyncio.sleep` of the test's
thread take no time: they move a clock that stands, and by as much `time.monotonic`, `perf_counter` and an event
loop's timeouts, which are real otherwise.
"""

from __future__ import annotations

import datetime
import time
from contextlib import ExitStack
from typing import Any

from belljar.doubles.errors import BadExpectation, LibraryMissing
from belljar.doubles.ledger import Ledger
from belljar.doubles.sleeping import Sleeping
from belljar.doubles.spoken import Spoken

__all__ = ["Clock"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

LAST = 253_402_300_800.0  # the end of the year 9999
START = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
Moment = datetime.datetime | str | float


class Clock(Spoken):
    """Stands at 2026-01-02 03:04:05 UTC at first. `slept` are the seconds of the sleeps that it has taken."""

    def __init__(self, ledger: Ledger) -> None:
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
        self._sleeping = Sleeping(lambda seconds: self._traveller.shift(seconds))
        self._sleeping.install()
        self._patches.callback(self._sleeping.close)

    def close(self) -> None:
        """Give the real time back."""
        self._patches.close()

    @property
    def slept(self) -> list[float]:
        """The seconds of each sleep that it has taken, in the order in which they began."""
        return self._sleeping.slept

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
        seconds = moment.timestamp() if isinstance(moment, datetime.datetime) else moment
        number = isinstance(seconds, float | int) and not isinstance(seconds, bool)
        if not number or not 0 <= seconds < LAST:
            raise self._bad(f"clock.move_to({moment!r}): that is no moment")
        self._traveller.move_to(float(seconds), tick=not self._stands)
        return self.now

    def advance(self, seconds: float | datetime.timedelta = 0, **parts: float) -> datetime.datetime:
        """Move the clock by so many seconds or a timedelta, or `minutes=`, `hours=`, `days=`; back, if below 0."""
        try:
            if not isinstance(seconds, datetime.timedelta):
                seconds = datetime.timedelta(seconds=seconds)
            by = seconds + datetime.timedelta(**parts)
            if not 0 <= time.time() + by.total_seconds() < LAST:
                raise OverflowError("that is out of the years 1970 to 9999")
        except (OverflowError, TypeError, ValueError) as error:
            told = [repr(seconds), *(f"{name}={value!r}" for name, value in parts.items())]
            raise self._ledger.error(
                BadExpectation,
                f"clock.advance({', '.join(told)}): {error}",
                choices=["90", "minutes=, hours=, days=, weeks=", "timedelta(days=1)"],
                fix="say by how much, in numbers",
            ) from None
        self._traveller.shift(by)
        return self.now

    def run(self) -> None:
        """Let it go on from where it is."""
        self._stands = self._sleeping.is_on = False
        self._traveller.move_to(time.time(), tick=True)

    def stop(self) -> None:
        """Let it stand where it is."""
        self._stands = self._sleeping.is_on = True
        self._traveller.move_to(time.time(), tick=False)

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
