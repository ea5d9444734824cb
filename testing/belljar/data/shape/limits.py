"""`Limits`: what a field's values must keep to, and how two sets of limits become one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

__all__ = ["NO_LIMITS", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a value must keep to; None where nothing is said.

    `low` and `high` are the least and the greatest value unless `above` or `below` says that they
    are left out. `bits` is how wide the column is: an integer's limit by its type, not by intent.
    """

    low: Any = None
    high: Any = None
    above: bool = False
    below: bool = False
    multiple_of: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    choices: tuple[Any, ...] | None = None
    excluded: tuple[Any, ...] = ()
    precision: int | None = None
    scale: int | None = None
    bits: int | None = None
    aware: bool | None = None
    case: str | None = None
    # A UUID's version; what is at a path: "file", "dir" or nothing yet ("new").
    version: int | None = None
    path: str | None = None
    # What a value is asked besides: annotated_types.Predicate, a validator's function.
    accepts: tuple[Callable[[Any], Any], ...] = ()

    def narrowed(self, **said: Any) -> Limits:
        """Return these limits with what is `said` besides; the stricter one of both holds."""
        return self.both(Limits(**said))

    def both(self, other: Limits) -> Limits:
        """Return what keeps to these limits and to the `other` ones."""
        if other == NO_LIMITS:
            return self
        low, above = _stricter(self.low, self.above, other.low, other.above, greatest=True)
        high, below = _stricter(self.high, self.below, other.high, other.below, greatest=False)
        merged = {
            field.name: getattr(other, field.name)
            for field in fields(self)
            if getattr(other, field.name) is not None
        }
        choices = self.choices if other.choices is None else other.choices
        if self.choices is not None and other.choices is not None:
            choices = tuple(one for one in self.choices if one in other.choices)
        merged.update(
            low=low,
            above=above,
            high=high,
            below=below,
            choices=choices,
            excluded=self.excluded + other.excluded,
            accepts=self.accepts + other.accepts,
            min_length=_most(self.min_length, other.min_length),
            max_length=_least(self.max_length, other.max_length),
            bits=_least(self.bits, other.bits),
            scale=_least(self.scale, other.scale),
            precision=_least(self.precision, other.precision),
        )
        return replace(self, **merged)

    def __str__(self) -> str:
        said = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if getattr(self, field.name) not in (None, False, ())
        ]
        return ", ".join(said) or "none"


NO_LIMITS = Limits()


def _stricter(
    first: Any, first_out: bool, second: Any, second_out: bool, *, greatest: bool
) -> tuple[Any, bool]:
    if second is None:
        return first, first_out
    if first is None:
        return second, second_out
    try:
        if first == second:
            return first, first_out or second_out
        chosen = (second > first) is greatest
    except TypeError:
        chosen = True
    return (second, second_out) if chosen else (first, first_out)


def _least(first: int | None, second: int | None) -> int | None:
    return min((one for one in (first, second) if one is not None), default=None)


def _most(first: int | None, second: int | None) -> int | None:
    return max((one for one in (first, second) if one is not None), default=None)
