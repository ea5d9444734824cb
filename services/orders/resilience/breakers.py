"""`CircuitBreaker`: a neighbour that fails again and again is left alone for a while.

Closed, calls pass. After `failures` failed ones in a row it opens, and calls fail at once instead
of waiting for what will not come. After `cool_down` seconds it is half-open: one call goes through
as a trial; if it succeeds the breaker closes, if it fails it stays open for another while.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Literal, TypeVar

T = TypeVar("T")
BreakerState = Literal["closed", "open", "half-open"]

_log = logging.getLogger(__name__)


class CircuitOpen(Exception):
    """The call was not made; `retry_after` is in how many seconds it may be."""

    def __init__(self, name: str, retry_after: float) -> None:
        """Name the neighbour that is left alone."""
        super().__init__(f"{name} failed too often: it is left alone for {retry_after:.1f} s")
        self.retry_after = retry_after


class CircuitBreaker:
    """One neighbour's breaker, for this process; safe to share between threads."""

    def __init__(
        self,
        name: str,
        *,
        failures: int = 5,
        cool_down: float = 5.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open after so many failures in a row, for `cool_down` seconds."""
        self._name = name
        self._limit = failures
        self._cool_down = cool_down
        self._monotonic = monotonic
        self._failed = 0
        self._opened: float | None = None
        self._trial: float | None = None
        self._lock = threading.Lock()

    @property
    def state(self) -> BreakerState:
        """What the next call would find."""
        with self._lock:
            if self._opened is None:
                return "closed"
            return "open" if self._remaining() > 0 else "half-open"

    def call(self, work: Callable[[], T], *, counts: Callable[[Exception], bool]) -> T:
        """What `work` returns or raises; a failure is what `counts` says of an exception.

        Every other outcome shows that the neighbour is there. Raises `CircuitOpen`.
        """
        self.admit()
        try:
            result = work()
        except Exception as error:
            if counts(error):
                self.failed(error)
            else:
                self.succeeded()
            raise
        except BaseException:
            self._withdraw()  # the process is told to end: nothing was learned
            raise
        self.succeeded()
        return result

    def admit(self) -> None:
        """Return if a call may be made now, whose outcome is told next; raises `CircuitOpen`."""
        with self._lock:
            if self._opened is None:
                return
            remaining = self._remaining()
            if remaining <= 0 and self._trial is not None:
                # Somebody tries right now. One who never tells how it went is not waited for.
                remaining = self._trial + self._cool_down - self._monotonic()
            if remaining > 0:
                raise CircuitOpen(self._name, remaining)
            self._trial = self._monotonic()

    def succeeded(self) -> None:
        """A call that was admitted went well."""
        with self._lock:
            if self._opened is not None and self._trial is None:
                return  # it was admitted before the breaker opened: no news
            if self._opened is not None:
                _log.info("%s answers again: the circuit is closed", self._name)
            self._failed, self._opened, self._trial = 0, None, None

    def failed(self, error: BaseException) -> None:
        """A call that was admitted failed."""
        with self._lock:
            self._failed += 1
            if self._opened is None and self._failed < self._limit:
                return
            if self._opened is not None and self._trial is None:
                return
            self._opened, self._trial = self._monotonic(), None
            _log.warning(
                "%s failed (%d in a row): the circuit is open for %.1f s: %s",
                self._name,
                self._failed,
                self._cool_down,
                error,
            )

    def _withdraw(self) -> None:
        with self._lock:
            self._trial = None

    def _remaining(self) -> float:
        assert self._opened is not None
        return self._opened + self._cool_down - self._monotonic()
