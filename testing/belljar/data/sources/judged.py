"""`Judged`: what another source gives, as far as the field can have it; `bare`: the source inside of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.data.shape.judge import Judge
from belljar.data.sources.choices import AnyOf, Choices, Fixed, Nullable
from belljar.data.sources.given import Sequence
from belljar.data.sources.keeping import kept
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["Judged", "bare", "constants_of", "counts"]

_TRIES = 100


class Judged(Source):
    """Values of another source that a field can have; `title` is the factory's name."""

    def __init__(self, source: Source, judge: Judge, title: str) -> None:
        self.source, self.judge, self.title = source, judge, title
        self.unique = source.unique

    def one(self, draw: Draw) -> Any:
        """Return one."""
        value = self.source.one(draw)
        return value if self.judge.fits(value) else self._another(draw, 1, [value])

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another one."""
        return self._another(draw, attempt, [])

    def _another(self, draw: Draw, attempt: int, tried: list[Any]) -> Any:
        while len(tried) < _TRIES:
            if tried and counts(self.source):
                raise self.judge.misfit(tried[0], self.title)
            value = self.source.again(draw, attempt + len(tried))
            if self.judge.fits(value):
                return value
            tried.append(value)
        raise self.judge.none(tried, self.title)

    def column(self, draw: Draw, n: int) -> list[Any]:
        """Return `n` of them."""
        fits, values = self.judge.fits, self.source.column(draw, n)
        return [v if fits(v) else self._another(draw, 1, [v]) for v in values]

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        return kept(self.source.strategy(), self.judge.fits, self.judge.said)


def counts(source: Source) -> bool:
    """Whether a source says each value itself, one after the other: none of them is passed over."""
    return isinstance(source, Sequence)


def bare(source: Source) -> Source:
    """Return the source that is inside of those which only judge its values, or add None to them."""
    while isinstance(source, Nullable | Judged):
        source = source.source
    return source


def constants_of(source: Source) -> tuple[Any, ...]:
    """Return the values that a source has of its own, without drawing any."""
    if isinstance(source, Fixed):
        return (source.value,)
    if isinstance(source, Choices):
        return source.values
    if isinstance(source, AnyOf):
        return tuple(value for one in source.sources for value in constants_of(one))
    return ()
