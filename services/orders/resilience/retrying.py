"""`Retrying`: the same thing again after passing trouble, with growing random pauses.

A pause is drawn between nothing and a limit that doubles each time ("full jitter"): clients that
failed together do not come back together. It never outlasts the deadline of the work at hand, nor
is it shorter than what a `Retry-After` asks for. Whatever is retried has to be safe to repeat.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from services.orders.resilience.deadlines import DeadlinePassed, left

T = TypeVar("T")


class Passing(Exception):
    """Trouble that may be over soon; `retry_after` is how many seconds the other side asked for."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """Keep the reason, as a part of a sentence."""
        super().__init__(reason)
        self.retry_after = retry_after


class Retrying:
    """Tries up to `attempts` times; safe to share between threads."""

    def __init__(
        self,
        attempts: int = 3,
        *,
        base: float = 0.1,
        cap: float = 2.0,
        sleep: Callable[[float], None] = time.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Pause up to `base` seconds before the second attempt, then twice as long, up to `cap`."""
        self._attempts = attempts
        self._base = base
        self._cap = cap
        self._sleep = sleep
        self._chance = chance

    def run(self, attempt: Callable[[], T]) -> T:
        """What the first attempt returns that does not raise `Passing`; else the last `Passing`.

        It gives up early when the pause would outlast the deadline.
        """
        tried = 0
        while True:
            try:
                return attempt()
            except Passing as trouble:
                tried += 1
                pause = self._chance() * backoff_limit(tried, self._base, self._cap)
                pause = max(pause, trouble.retry_after or 0.0)
                if tried >= self._attempts or not _time_for(pause):
                    raise
            self._sleep(pause)


def backoff_limit(failures: int, base: float, cap: float) -> float:
    """The longest pause after so many failures in a row, the first of which is 1."""
    # Beyond sixty doublings every cap is reached, and floats would overflow.
    return float(min(cap, base * 2 ** min(failures - 1, 60)))


def retry_after_of(header: str | None) -> float | None:
    """The seconds that a Retry-After header asks for, given as seconds or as a date; else none."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def _time_for(pause: float) -> bool:
    try:
        return left() > pause
    except DeadlinePassed:
        return False
