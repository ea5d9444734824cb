"""`Keys`: the values of a column that other rows refer to, by the number of their row.

Numbers that a sequence has given take no memory, whatever their count; neither do UUIDs, which are made
of the row's number. Anything else is kept in a list.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, Protocol
from uuid import UUID

__all__ = ["Keys", "ListedKeys", "NumberedKeys", "UuidKeys"]


class Keys(Protocol):
    """The values of one column of the rows of one table."""

    def at(self, rows: Sequence[int]) -> list[Any]:
        """Return the values in these rows."""


class NumberedKeys:
    """Numbers of a sequence: ranges of (first, last), `step` apart."""

    def __init__(self, ranges: Sequence[tuple[int, int]], step: int = 1) -> None:
        self.ranges = list(ranges)
        self.step = step
        counts = [(last - first) // step + 1 for first, last in self.ranges]
        self._starts = [0, *accumulate(counts)]

    def __len__(self) -> int:
        return self._starts[-1]

    def at(self, rows: Sequence[int]) -> list[int]:
        """Return the values in these rows."""
        step = self.step
        if len(self.ranges) == 1:
            first = self.ranges[0][0]
            return [first + row * step for row in rows]
        found = []
        for row in rows:
            part = bisect_right(self._starts, row) - 1
            found.append(self.ranges[part][0] + (row - self._starts[part]) * step)
        return found


class UuidKeys:
    """UUIDs of version 4, each made of a key and the number of its row."""

    def __init__(self, key: int) -> None:
        self._key = (key & (2**64 - 1)).to_bytes(8, "big")

    def at(self, rows: Sequence[int]) -> list[UUID]:
        """Return the values in these rows."""
        key = self._key
        return [
            UUID(bytes=hashlib.blake2b(b"%d" % row, digest_size=16, key=key).digest(), version=4)
            for row in rows
        ]


class ListedKeys:
    """Values as they were drawn; whole numbers take eight bytes each."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self._values: array[int] | list[Any] = []
        self.extend(list(values))

    def __len__(self) -> int:
        return len(self._values)

    def extend(self, values: Sequence[Any]) -> None:
        """Add the values of further rows."""
        if not self._values and values and all(type(value) is int for value in values):
            self._values = array("q")
        if isinstance(self._values, array):
            try:
                self._values.extend(values)
                return
            except (TypeError, OverflowError):
                self._values = list(self._values[: len(self._values)])
        self._values.extend(values)

    def at(self, rows: Sequence[int]) -> list[Any]:
        """Return the values in these rows."""
        values = self._values
        return [values[row] for row in rows]
