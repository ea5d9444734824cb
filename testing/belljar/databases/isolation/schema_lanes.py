"""`SchemaLanes`: a schema is ready when a test asks, because the next one is made while a test runs.

A lane is a database with at most one schema in it. There are two, used by turns: in one a test runs
while a thread makes the next schema in the other, so the proof of one test never sees the work for
another. A worker with a single test has one lane and no thread.
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import NamedTuple

from belljar.databases.errors import DatabaseError
from belljar.databases.isolation.schemas import Schemas

__all__ = ["SchemaLanes", "Taken"]

LANES = 2


class Taken(NamedTuple):
    """A schema that a test has for itself, and what made it."""

    lane: Schemas
    schema: str


class SchemaLanes:
    """`open_lane(script)` gives a new lane; None: nobody has made the script yet."""

    def __init__(self, open_lane: Callable[[str | None], Schemas]) -> None:
        self._open_lane = open_lane
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="belljar-schemas")
        self._ready: deque[Future[Taken]] = deque()
        self._idle: list[Schemas] = []
        self._lanes: list[Schemas] = []
        self._taken = 0
        self._closed = False

    def take(self) -> Taken:
        """Return a schema that has what the template has. Raises `DatabaseError`."""
        self._taken += 1
        if self._ready:
            return self._ready.popleft().result()
        lane = self._idle.pop() if self._idle else self._open()
        if self._taken > 1 and len(self._lanes) < LANES:
            self._prepare(self._open())
        return _make(lane)

    def give_back(self, taken: Taken) -> str:
        """Drop it; return what the test left outside of it, in words: then these lanes are spoilt."""
        if self._closed:
            return ""  # another of the same test has spoilt the lanes; this one goes with them
        escaped = taken.lane.drop(taken.schema)
        if not escaped:
            if self._taken > 1:
                self._prepare(taken.lane)
            else:
                self._idle.append(taken.lane)
        return escaped

    def close(self) -> list[str]:
        """Close all connections; return the URLs of the databases, which nobody needs any more."""
        self._closed = True
        self._thread.shutdown(cancel_futures=True)
        for lane in self._lanes:
            lane.close()
        return [lane.url for lane in self._lanes]

    def _open(self) -> Schemas:
        lane = self._open_lane(self._lanes[0].script if self._lanes else None)
        self._lanes.append(lane)
        return lane

    def _prepare(self, lane: Schemas) -> None:
        self._ready.append(self._thread.submit(_make, lane))


def _make(lane: Schemas) -> Taken:
    schema = f"test_{secrets.token_hex(4)}"
    try:
        lane.make(schema)
    except DatabaseError:
        with suppress(DatabaseError):
            lane.drop(schema)  # a half of one must not be in the way of the next
        raise
    return Taken(lane, schema)
