"""The sources that a factory is written with: what Faker gives, counts, functions, objects of other models."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from belljar.data.errors import CannotMeet, DataError, nearest
from belljar.data.sources.endless import Endless
from belljar.data.sources.failing import called
from belljar.data.sources.nested import Nested
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["Derived", "Drawn", "Faked", "Many", "One", "Sequence"]

_POOL = 512


class _Seeded(Source):
    """What a function makes of a draw, with a strategy over the draws."""

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        from belljar.data.draw import Draw

        # A few hundred values, so that it is quick, and shrinks to the first.
        return st.deferred(
            lambda: st.integers(0, 255).map(lambda n: self.one(Draw(n, "belljar strategy")))
        )


class Faked(_Seeded):
    """What a method of Faker gives."""

    def __init__(
        self, method: str, args: tuple[Any, ...], options: dict[str, Any], unique: bool
    ) -> None:
        self.method, self.args, self.options, self.unique = method, args, options, unique

    def one(self, draw: Draw) -> Any:
        """Return one."""
        from belljar.data.factory.state import current

        state = current.state
        faker = draw.faker if state is None else state.faker(draw.random.getrandbits(53))
        try:
            method = getattr(faker, self.method)
        except AttributeError:
            names = [name for name in dir(faker) if not name.startswith("_")]
            raise CannotMeet(
                f"Faker has no method {self.method!r}",
                place=f"faked({self.method!r})",
                choices=nearest(self.method, names),
                fix="take one of these, or drawn(lambda draw: ...)",
            ) from None
        try:
            return method(*self.args, **self.options)
        except DataError:
            raise
        except Exception as error:  # whatever a provider raises
            raise CannotMeet(
                f"Faker raises {type(error).__name__}: {error}",
                place=f"faked({self.method!r})",
                fix="see Faker's documentation for its arguments",
            ) from error

    def column(self, draw: Draw, n: int) -> list[Any]:
        """Return `n` of them."""
        pool = [self.one(draw) for _ in range(min(n, _POOL))]
        if not self.unique:
            return draw.random.choices(pool, k=n) if n else []
        if pool and isinstance(pool[0], str):
            text = draw.unique.text
            return [text(value) for value in draw.random.choices(pool, k=n)]
        return list(dict.fromkeys(pool)) + [self.one(draw) for _ in range(n - len(set(pool)))]

    @cached_property
    def _pool(self) -> list[Any]:
        from belljar.data.draw import Draw

        return [self.one(draw) for draw in [Draw(0, f"faked {self.method}")] for _ in range(64)]

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.deferred(lambda: st.sampled_from(self._pool))


class Drawn(_Seeded):
    """What a function makes of a draw."""

    def __init__(self, function: Callable[[Draw], Any], unique: bool) -> None:
        self.function, self.unique = function, unique

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return called("drawn", self.function, draw)


class Sequence(Source):
    """Numbers in a row, as a text or whatever a function makes of them."""

    def __init__(self, form: str | Callable[[int], Any], start: int) -> None:
        self.form, self.start = form, start
        self._counts: WeakKeyDictionary[Draw, int] = WeakKeyDictionary()

    def _made(self, number: int) -> Any:
        if callable(self.form):
            return called("sequence", self.form, number)
        return self.form.format(number, n=number)

    def one(self, draw: Draw) -> Any:
        """Return one."""
        from belljar.data.factory.state import current

        if current.state is not None:
            return self._made(self.start - 1 + current.state.count(self))
        number = self._counts.get(draw, self.start)
        self._counts[draw] = number + 1
        return self._made(number)

    def column(self, draw: Draw, n: int) -> list[Any]:
        """Return `n` of them."""
        first = self._counts.get(draw, self.start)
        self._counts[draw] = first + n
        return [self._made(number) for number in range(first, first + n)]

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.integers(self.start, self.start + 10_000).map(self._made)


class Derived(Source):
    """What a function makes of the rest of the row; only a whole row has it."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def of(self, row: Any) -> Any:
        """Return the value for a row, whose fields are attributes."""
        return called("derived", self.function, row)

    def one(self, draw: Draw) -> Any:
        """Return one."""
        raise CannotMeet(
            f"{self._said()} needs a row", place="derived", fix="make a whole object of its model"
        )

    def _said(self) -> str:
        try:
            return inspect.getsource(self.function).strip()[:80]
        except (OSError, TypeError):
            return repr(self.function)

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        raise CannotMeet(
            f"{self._said()} needs a row", place="derived", fix="use strategy_of(its model)"
        )


class One(Nested):
    """An object of another model, with some values given."""

    def __init__(self, model: Any, values: dict[str, Any], *, asked: bool = False) -> None:
        super().__init__(model)
        self.values = values
        # A caller's own path has an end, even where the model is one that is being made.
        self.asked = asked

    def one(self, draw: Draw) -> Any:
        """Return one."""
        from belljar.data.factory.making import make_one

        return make_one(draw, self.model, self.values, asked=self.asked)

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        from belljar.data.strategies import strategy_of

        return st.deferred(lambda: strategy_of(self.model, **self.values))


class Many(One):
    """A list of objects of another model, or what `kind` makes of it."""

    def __init__(
        self,
        model: Any,
        count: tuple[int, int],
        values: dict[str, Any],
        kind: Callable[[list[Any]], Any] = list,
    ) -> None:
        super().__init__(model, values)
        self.low, self.high = count
        self.kind = kind

    def count(self, draw: Draw) -> int:
        """Return how many it shall be."""
        return draw.random.randint(self.low, self.high)

    def one(self, draw: Draw) -> Any:
        """Return one."""
        try:
            return self.kind([super(Many, self).one(draw) for _ in range(self.count(draw))])
        except Endless:
            # It is one of them that this object is made for.
            return self.kind([])

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        items = st.lists(super().strategy(), min_size=self.low, max_size=self.high)
        return items if self.kind is list else items.map(self.kind)
