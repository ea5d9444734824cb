"""`Sleeping`: sleeps that take no time: they move a clock, and what measures time in the same thread, by as much.

Code that sleeps until a deadline sees the deadline come, whatever it measures with: `time.time`, `time.monotonic`,
`perf_counter`, an event loop's timeouts. Several tasks that sleep wake in the order of their times.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, cast

__all__ = ["Sleeping"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

_real = {name: getattr(time, name) for name in ("sleep", "monotonic", "perf_counter")}
_real |= {name: getattr(time, name) for name in ("monotonic_ns", "perf_counter_ns")}
_real_async = asyncio.sleep
# The one of the test that runs: a module that is imported meanwhile keeps our functions for ever.
_current: list[Sleeping] = []


class Sleeping:
    """The sleeps of one test's thread; `shift` moves the clock, `slept` are the seconds of each sleep."""

    def __init__(self, shift: Callable[[float], None]) -> None:
        self.slept: list[float] = []
        self.is_on = True
        self._shift = shift
        self._offset = 0.0
        self._thread = threading.get_ident()
        self._patches = ExitStack()
        self._waiting: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = itertools.count()
        self._watched: asyncio.AbstractEventLoop | None = None

    def install(self) -> None:
        """Take the sleeps, also where a module has imported `sleep` by its name."""
        for name, new in (
            ("sleep", _sleep),
            ("monotonic", _monotonic),
            ("perf_counter", _perf_counter),
            ("monotonic_ns", _monotonic_ns),
            ("perf_counter_ns", _perf_counter_ns),
        ):
            self._put(time, name, new)
        self._put(asyncio, "sleep", _async_sleep)
        for module in list(sys.modules.values()):
            held = getattr(module, "__dict__", {}).get("sleep")
            if held is _real["sleep"] and module is not time:
                self._put(module, "sleep", _sleep)
            elif held is _real_async and not module.__name__.startswith("asyncio"):
                self._put(module, "sleep", _async_sleep)
        _current.append(self)
        self._patches.callback(_current.remove, self)

    def close(self) -> None:
        """Let sleeps take their time again."""
        self._patches.close()

    @property
    def is_mine(self) -> bool:
        """Whether it is the test's thread that asks. Others, as a server's, wait for real."""
        return threading.get_ident() == self._thread

    @property
    def offset(self) -> float:
        """By how much the time that is measured is ahead of the real one."""
        return self._offset if self.is_mine else 0.0

    def sleep(self, seconds: float) -> None:
        """Sleep, by moving all clocks."""
        self.slept.append(seconds)
        self._move(float(seconds))

    async def sleep_async(self, seconds: float) -> None:
        """Sleep until nothing else is to be done, then move all clocks to the first that wakes."""
        self.slept.append(seconds)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        # In what has been slept, so that real time is no part of it.
        heapq.heappush(self._waiting, (self._offset + seconds, next(self._number), future))
        if self._watched is not loop:
            self._watched = loop
            loop.call_soon(self._watch, loop, 0)
        await future

    def _watch(self, loop: Any, quiet: int) -> None:
        while self._waiting and (
            self._waiting[0][2].done() or self._waiting[0][2].get_loop() is not loop
        ):
            heapq.heappop(self._waiting)
        if not self._waiting:
            self._watched = None
            return
        # Twice with nothing but us to be run: what has come from outside was seen in between.
        quiet = 0 if len(getattr(loop, "_ready", ())) else quiet + 1
        if quiet > 2:
            quiet = 0
            timers = [
                each.when() for each in getattr(loop, "_scheduled", ()) if not each.cancelled()
            ]
            first = min(timers, default=float("inf")) - _monotonic()
            self._move(min(self._waiting[0][0] - self._offset, first))
            while self._waiting and self._waiting[0][0] <= self._offset + 1e-9:
                future = heapq.heappop(self._waiting)[2]
                if not future.done():
                    future.set_result(None)
        loop.call_soon(self._watch, loop, quiet)

    def _move(self, seconds: float) -> None:
        if seconds > 0:
            self._offset += seconds
            self._shift(seconds)

    def _put(self, owner: Any, name: str, new: Any) -> None:
        self._patches.callback(setattr, owner, name, getattr(owner, name))
        setattr(owner, name, new)


def _taking(seconds: float) -> Sleeping | None:
    """Give who takes this sleep; nothing if it is real."""
    if _current and seconds > 0 and _current[-1].is_on and _current[-1].is_mine:
        return _current[-1]
    return None


def _sleep(seconds: float) -> None:
    taker = _taking(seconds)
    taker.sleep(seconds) if taker else _real["sleep"](seconds)


async def _async_sleep(delay: float, result: Any = None) -> Any:
    if (taker := _taking(delay)) is None:
        return await _real_async(delay, result)
    await taker.sleep_async(delay)
    return result


def _offset() -> float:
    return _current[-1].offset if _current else 0.0


def _monotonic() -> float:
    return cast(float, _real["monotonic"]()) + _offset()


def _perf_counter() -> float:
    return cast(float, _real["perf_counter"]()) + _offset()


def _monotonic_ns() -> int:
    return cast(int, _real["monotonic_ns"]()) + int(_offset() * 1e9)


def _perf_counter_ns() -> int:
    return cast(int, _real["perf_counter_ns"]()) + int(_offset() * 1e9)
