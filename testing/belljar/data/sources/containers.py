"""Sources of lists, sets, tuples and dicts, whose items come from other sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.shape.limits import Limits
from belljar.data.sources.choices import Choices, Fixed
from belljar.data.sources.endless import Endless
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["Dicts", "Lists", "Sets", "Tuples"]

_TRIES = 200


def _sizes(limits: Limits) -> tuple[int, int]:
    low = limits.min_length or 0
    high = limits.max_length
    least = max(low, 1) if high is None or high >= 1 else low
    most = max(least, 3) if high is None else min(high, max(least, 3))
    if least > most:
        raise CannotMeet(f"no number of items keeps to {limits}", fix="give the field a source")
    return least, most


def _size(draw: Draw, least: int, most: int) -> int:
    return least + int(draw.random.random() * (most - least + 1))


class Lists(Source):
    """One to three items where nothing else is said; `kind` is the class of the whole."""

    def __init__(
        self, item: Source, limits: Limits, kind: Callable[[list[Any]], Any] = list
    ) -> None:
        self.item, self.kind, self.limits = item, kind, limits
        self.least, self.most = _sizes(limits)

    def one(self, draw: Draw) -> Any:
        """Return one."""
        try:
            items = [self.item.one(draw) for _ in range(_size(draw, self.least, self.most))]
        except Endless:
            if self.limits.min_length:
                raise
            items = []
        return items if self.kind is list else self.kind(items)

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another one."""
        if attempt % 5 == 4 and not self.limits.min_length:
            return self.kind([])
        count = _size(draw, self.least, self.most)
        return self.kind([self.item.again(draw, attempt) for _ in range(count)])

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        high = self.limits.max_length
        items = st.lists(self.item.strategy(), min_size=self.limits.min_length or 0, max_size=high)
        return items if self.kind is list else items.map(self.kind)


class Sets(Source):
    """Items that differ, put in by the order in which they were drawn."""

    def __init__(self, item: Source, limits: Limits, kind: Callable[[Any], Any] = set) -> None:
        self.item, self.kind, self.limits = item, kind, limits
        self.least, self.most = _sizes(limits)
        known = (item.value,) if isinstance(item, Fixed) else getattr(item, "values", None)
        if isinstance(item, Fixed | Choices) and (limits.min_length or 0) > len(known or ()):
            raise CannotMeet(
                f"{limits.min_length} different items are wanted, and there are {len(known or ())}: "
                f"{', '.join(map(repr, known or ()))}",
                fix="give the field a source",
            )

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self.again(draw, 0)

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another one."""
        found: dict[Any, None] = {}
        count = _size(draw, self.least, self.most)
        for trial in range(_TRIES):
            if len(found) >= count:
                break
            try:
                item = self.item.again(draw, trial) if trial > count else self.item.one(draw)
            except Endless:
                break
            try:
                found[item] = None
            except TypeError:
                raise CannotMeet(
                    f"the items have to be hashable, and {item!r} is not",
                    fix="give the field a source, or make its type frozen",
                ) from None
        if len(found) < self.least and (self.limits.min_length or found):
            raise CannotMeet(
                f"{self.least} different items were not found in {_TRIES} tries; "
                f"there were {', '.join(map(repr, list(found)[:5]))}",
                fix="give the field a source",
            )
        return self.kind(found)

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        high = self.limits.max_length
        least = self.limits.min_length or 0
        return st.lists(self.item.strategy(), min_size=least, max_size=high, unique=True).map(
            self.kind
        )


class Dicts(Source):
    """Keys and values."""

    def __init__(
        self,
        key: Source,
        value: Source,
        limits: Limits,
        kind: Callable[[dict[Any, Any]], Any] = dict,
    ) -> None:
        self.keys = Sets(key, limits, list)
        self.key, self.value, self.limits, self.kind = key, value, limits, kind

    def one(self, draw: Draw) -> Any:
        """Return one."""
        try:
            return self.kind({key: self.value.one(draw) for key in self.keys.one(draw)})
        except Endless:
            if self.limits.min_length:
                raise
            return self.kind({})

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another one."""
        keys = self.keys.again(draw, attempt)
        return self.kind({key: self.value.again(draw, attempt) for key in keys})

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        made = st.dictionaries(
            self.key.strategy(),
            self.value.strategy(),
            min_size=self.limits.min_length or 0,
            max_size=self.limits.max_length,
        )
        return made if self.kind is dict else made.map(self.kind)


class Tuples(Source):
    """A fixed number of items, each from a source of its own."""

    def __init__(self, items: Sequence[Source]) -> None:
        self.items = tuple(items)

    def one(self, draw: Draw) -> tuple[Any, ...]:
        """Return one."""
        return tuple(item.one(draw) for item in self.items)

    def again(self, draw: Draw, attempt: int) -> tuple[Any, ...]:
        """Return another one."""
        return tuple(item.again(draw, attempt) for item in self.items)

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.tuples(*(item.strategy() for item in self.items))
