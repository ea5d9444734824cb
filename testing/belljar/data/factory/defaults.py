"""`source_of_default`: where a default that is made by a function comes from, so that each run has the same.

A function that gives the same twice is called. One that doesn't (uuid4, datetime.now, a token) would give another
value in each run: its values are drawn, in the form that it gives them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from belljar.data.shape.limits import Limits
from belljar.data.shape.shape import Field
from belljar.data.sources.choices import Fixed
from belljar.data.sources.numbers import Integers
from belljar.data.sources.source import Source
from belljar.data.sources.special import Uuids
from belljar.data.sources.times import Dates, Instants, Times
from belljar.data.sources.typed import source_for

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["source_of_default"]

_SAMPLES = 8


class _Called(Source):
    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self.function()

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.builds(self.function)


class _LikeSamples(Source):
    """Texts of one length that have, at each place, a sign of the kind that samples have there."""

    def __init__(self, samples: list[str]) -> None:
        self.places = []
        everywhere = "".join(samples)
        hexadecimal = all(sign in "0123456789abcdef-_" for sign in everywhere)
        counted = _counted(samples)
        for place, signs in enumerate(zip(*samples, strict=True)):
            kinds = "".join(sorted(set(signs)))
            if place in counted and not hexadecimal:
                self.places.append("0123456789")
            elif len(kinds) == 1:
                self.places.append(kinds)
            elif all(sign.isdigit() for sign in kinds) and not hexadecimal:
                self.places.append("0123456789")
            elif all(sign in "0123456789abcdef" for sign in kinds):
                self.places.append("0123456789abcdef")
            elif kinds.isupper():
                self.places.append("ABCDEFGHJKMNPQRSTVWXYZ")
            else:
                self.places.append("abcdefghijklmnopqrstuvwxyz")

    def one(self, draw: Draw) -> str:
        """Return one."""
        choice = draw.random.choice
        return "".join(signs if len(signs) == 1 else choice(signs) for signs in self.places)

    def strategy(self) -> SearchStrategy[str]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.tuples(*(st.sampled_from(signs) for signs in self.places)).map("".join)


def _counted(samples: list[str]) -> set[int]:
    """Return the places of numbers that differ: a count's first digits are the same for long."""
    runs = [range(*match.span()) for match in re.finditer(r"[0-9]+", samples[0])]
    return {
        place
        for run in runs
        if len({one[run.start : run.stop] for one in samples}) > 1
        and all(one[run.start : run.stop].isdigit() for one in samples)
        for place in run
    }


def source_of_default(field: Field) -> Source:
    """Return the source of a field that has a `default_factory`."""
    function = field.default_factory
    assert function is not None
    try:
        samples = [function(), function()]
    except Exception:
        # It wants what is not there now: a context, a row, a setting.
        return source_for(field.type, field.limits, field.name)
    first = samples[0]
    # Days are the same twice, until midnight.
    if isinstance(first, UUID):
        return Uuids()
    if isinstance(first, datetime):
        aware = first.tzinfo is not None if field.limits.aware is None else field.limits.aware
        return Instants(field.limits.narrowed(aware=aware))
    if isinstance(first, date):
        return Dates(field.limits)
    if isinstance(first, time):
        return Times(field.limits)
    if _same(*samples):
        return Fixed(first) if isinstance(first, str | int | float | None) else _Called(function)
    if isinstance(first, str):
        more = [*samples, *(str(function()) for _ in range(_SAMPLES))]
        if len({len(one) for one in more}) == 1:
            return _LikeSamples(more)
    if isinstance(first, int) and field.limits == Limits():
        return Integers(Limits(low=1, high=2**53))
    return source_for(field.type, field.limits, field.name)


def _same(first: Any, second: Any) -> bool:
    if type(first) is not type(second):
        return False
    try:
        # An object without an __eq__ is itself alone: what it is made of may be the same.
        return bool(first == second) or "__eq__" not in {
            n for base in type(first).__mro__[:-1] for n in vars(base)
        }
    except Exception:  # an __eq__ of the user's own may want anything; they are taken for different
        return False
