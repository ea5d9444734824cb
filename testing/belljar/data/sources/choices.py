"""Sources that choose: among values, among other sources, or always the same value."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from belljar.data.sources.endless import Endless
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["AnyOf", "Choices", "Fixed", "Nullable"]


class Fixed(Source):
    """Always the same value; a list, a dict or a set is copied, so that no two rows share it."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self._shared = not isinstance(value, list | dict | set | bytearray)

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self.value if self._shared else copy.deepcopy(self.value)

    def column(self, draw: Draw, n: int) -> list[Any]:
        """Return `n` of them."""
        return [self.value] * n if self._shared else super().column(draw, n)

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return (
            st.just(self.value) if self._shared else st.builds(copy.deepcopy, st.just(self.value))
        )


class Choices(Source):
    """One of some values."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = tuple(values)
        self._count = len(self.values)

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self.values[int(draw.random.random() * self._count)]

    def column(self, draw: Draw, n: int) -> list[Any]:
        """Return `n` of them."""
        return draw.random.choices(self.values, k=n)

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.sampled_from(self.values)


class AnyOf(Source):
    """What the first of some sources gives; another's where a model refuses that."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = tuple(sources)

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self._from(int(draw.random.random() * len(self.sources)), draw, 0)

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another one."""
        return self._from(attempt, draw, attempt // len(self.sources))

    def _from(self, first: int, draw: Draw, attempt: int) -> Any:
        count = len(self.sources)
        for place in range(first, first + count):
            source = self.sources[place % count]
            try:
                return source.again(draw, attempt) if attempt else source.one(draw)
            except Endless:
                if place == first + count - 1:
                    raise
        raise AssertionError("there is a source at least")

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.one_of(*(source.strategy() for source in self.sources))


class Nullable(Source):
    """What another source gives; sometimes None where a model refuses that, and in strategies."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.unique = source.unique

    def one(self, draw: Draw) -> Any:
        """Return one."""
        try:
            return self.source.one(draw)
        except Endless:
            return None

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another one."""
        try:
            return None if draw.random.random() < 0.5 else self.source.again(draw, attempt)
        except Endless:
            return None

    def column(self, draw: Draw, n: int) -> list[Any]:
        """Return `n` of them."""
        return self.source.column(draw, n)

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.none() | self.source.strategy()
