"""`Picker`: which row each row of another table refers to.

`uniform` picks by chance, `even` gives every row its turn, `skewed` gives few rows most of what refers to
them. Where a row may be referred to only once, or two of them only once together, all of them are
walked through in a mixed order, without remembering any.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import Literal, get_args

from belljar.data.bulk.errors import BulkFailed

__all__ = ["SPREADS", "Once", "Picker", "Spread"]

Spread = Literal["uniform", "even", "skewed"]
SPREADS: tuple[str, ...] = get_args(Spread)
# Four of ten references go to the first hundredth of the rows.
_SKEW = 5


class Picker:
    """Picks among `count` rows; `count` is None for a table's own rows: one that was there before."""

    def __init__(self, random: Random, count: int | None, spread: str) -> None:
        self._chance = random.random
        self._count = count
        self._spread = spread

    def pick(self, first: int, n: int) -> list[int]:
        """Return the rows that the rows from `first` on refer to; -1 is none."""
        chance, count = self._chance, self._count
        if count is None:
            return [int(chance() * row) if row else -1 for row in range(first, first + n)]
        if self._spread == "even":
            return [row % count for row in range(first, first + n)]
        if self._spread == "skewed":
            return [int(count * chance() ** _SKEW) for _ in range(n)]
        return [int(chance() * count) for _ in range(n)]


class Once:
    """Picks combinations of rows of several tables, each at most once."""

    def __init__(self, random: Random, counts: Sequence[int], rows: int, what: str) -> None:
        self._counts = list(counts)
        self._size = math.prod(counts)
        if rows > self._size:
            raise BulkFailed(
                f"{rows} rows can't all have another {what}: there are {self._size}",
                fix=f"ask for {self._size} rows at most, or for more of what they refer to",
            )
        self._start = random.randrange(self._size) if self._size else 0
        # Near the golden section, which spreads neighbours widest.
        self._step = max(1, self._size * 618_033_988_749_895 // 10**15)
        while math.gcd(self._step, max(self._size, 1)) != 1:
            self._step += 1

    def pick(self, first: int, n: int) -> list[list[int]]:
        """Return, for each of the tables, the rows that the rows from `first` on refer to."""
        size, step, start = self._size, self._step, self._start
        places = [(start + row * step) % size for row in range(first, first + n)]
        found = []
        for count in self._counts:
            found.append([place % count for place in places])
            places = [place // count for place in places]
        return found
