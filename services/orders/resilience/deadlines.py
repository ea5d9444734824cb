"""`begin`, `within` and `left`: how long the work at hand may still go on.

A request begins with a deadline, each step within it may have a shorter one, and every wait for
somebody else (sockets, the database, a pause before a retry) asks `left` how long it may last. So
many short waits can't add up to a long one, which timeouts for each read alone would let them.

    with begin(3.0):  # the request
        with within(0.25):  # the cache, as a part of it
            sock.settimeout(left(0.25))

Deadlines go along with the context: into the threads that serve a request, not into others.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ENDS: ContextVar[float] = ContextVar("orders_deadline", default=math.inf)


class DeadlinePassed(TimeoutError):
    """There is no time left; what was to be waited for may or may not have happened."""


@contextmanager
def begin(seconds: float) -> Iterator[None]:
    """Give the block so many seconds, whatever was left before: it is work of its own."""
    token = _ENDS.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ENDS.reset(token)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Give the block so many seconds, or what is left if that is less."""
    token = _ENDS.set(min(_ENDS.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ENDS.reset(token)


@contextmanager
def spare(seconds: float = 0.5) -> Iterator[None]:
    """Give the block what is left, but at least so many seconds: to leave things tidy at the end."""
    token = _ENDS.set(max(_ENDS.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _ENDS.reset(token)


def left(limit: float = math.inf) -> float:
    """The seconds that a wait may last: `limit`, or what is left if that is less.

    Raises `DeadlinePassed` when nothing is left.
    """
    ends = _ENDS.get()
    if ends == math.inf:
        return limit
    remaining = ends - time.monotonic()
    if remaining <= 0:
        raise DeadlinePassed("the time for this request is up")
    return min(limit, remaining)
