"""`judge_of`: what a factory's own values for a field are held against: its type, its limits, and whether None may be.

Only what the shape is sure of is judged. Models that look at their values themselves, and types that convert them,
are left alone; so is a foreign key, which the object behind it fills.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.shape.annotations import Unknown
from belljar.data.shape.judging import same_kind
from belljar.data.shape.kinds import is_other_kind
from belljar.data.shape.limits import NO_LIMITS, Limits

if TYPE_CHECKING:
    from belljar.data.shape.shape import Field, Shape

__all__ = ["Judge", "Misfit", "judge_of"]

_SHOWN = 60


class Misfit(CannotMeet):
    """What a factory gives a field is none of its values. `row` is the object in the making, if there is one."""

    row: Any = None


class Judge:
    """What a field's values are held against. `said` is how errors call it: `String(3)`, `int, low=5`."""

    def __init__(
        self, place: str, said: str, kind: Any, limits: Limits, *, nullable: bool, stored: bool
    ) -> None:
        self.place, self.said, self.kind, self.limits = place, said, kind, limits
        self.nullable, self.stored = nullable, stored
        # Most values are of the very type, and there is little else to keep to.
        self._exact = kind if isinstance(kind, type) else None
        self._limits = tuple(
            ask
            for ask, names in _LIMITS
            if any(getattr(limits, n) not in (None, ()) for n in names)
        )
        longest = kind is str and limits == Limits(max_length=limits.max_length)
        self._longest = limits.max_length if longest else None

    def fits(self, value: Any) -> bool:
        """Whether a value is one of the field's."""
        if type(value) is self._exact:
            if self._longest is not None and isinstance(value, str):
                return len(value) <= self._longest
            return not self._limits or not self._beyond(value)
        return not self.why(value)

    def why(self, value: Any) -> str:
        """Return why a value is none of the field's; "" if it is one."""
        if value is None:
            word = "NOT NULL" if self.stored else "not optional"
            return "" if self.nullable else f"the field is {word}"
        if self.stored and _is_expression(value):
            return ""
        if self.kind is not None and is_other_kind(value, self.kind, stored=self.stored):
            return f"it is of type {type(value).__name__}, and the field is {self.said}"
        why = self._beyond(value)
        return f"{why}, and the field is {self.said}" if why else ""

    def _beyond(self, value: Any) -> str:
        for ask in self._limits:
            # What can't be compared is for the model, or the database, to judge.
            with suppress(TypeError, ValueError, ArithmeticError, AttributeError):
                if why := ask(value, self.limits):
                    return why
        return ""

    def misfit(self, value: Any, title: str) -> Misfit:
        """Return the error for a value that a factory, called `title`, gives."""
        return self._error(f"{title} gives it {_shown(value)}: {self.why(value)}", title, value)

    def none(self, tried: list[Any], title: str) -> Misfit:
        """Return the error for a source none of whose values fit."""
        last = tried[-1]
        summary = (
            f"its source in {title} gives no value that it can have; tried {len(tried)}, the last "
        )
        return self._error(f"{summary}was {_shown(last)}: {self.why(last)}", title, last)

    def _error(self, summary: str, title: str, value: Any) -> Misfit:
        name = self.place.rpartition(".")[2]
        return Misfit(
            summary,
            place=self.place,
            fix=f"give {title} a source for {name} that keeps to it; "
            f"what is wrong on purpose is given: data.make({title}, {name}={_shown(value)})",
        )


def judge_of(shape: Shape, field: Field) -> Judge | None:
    """Return what a field's values are held against; None where nothing is sure."""
    place = f"{shape.title}.{field.name}"
    if shape.kind in ("sqlalchemy", "table"):
        from belljar.data.shape.judged_columns import judge_of_column

        return judge_of_column(shape, field, place)
    if shape.kind == "pydantic" or hasattr(shape.model, "__attrs_attrs__"):
        # It judges its values itself, and converts some.
        return None
    if shape.model.__setattr__ is not object.__setattr__ and not _is_frozen(shape.model):
        return None
    sure = not hasattr(shape.model, "__post_init__")
    limits = _sure_of(field.limits)
    kind = None if isinstance(field.type, Unknown) or not sure else field.type
    nullable = field.nullable or field.default is None or not sure
    return Judge(place, _words(field, limits), kind, limits, nullable=nullable, stored=False)


def _is_frozen(model: Any) -> bool:
    parameters = getattr(model, "__dataclass_params__", None)
    return bool(getattr(parameters, "frozen", False))


def _sure_of(limits: Limits) -> Limits:
    # Choices, and a pattern beside a predicate, are ours: what is easily found.
    pattern = None if limits.accepts else limits.pattern
    return replace(limits, choices=None, pattern=pattern, case=None, version=None, path=None)


def _words(field: Field, limits: Limits) -> str:
    name = getattr(field.type, "__name__", str(field.type))
    said = replace(limits, accepts=())
    return name if said == NO_LIMITS else f"{name}, {said}"


def _is_expression(value: Any) -> bool:
    return type(value).__module__.startswith("sqlalchemy.") or hasattr(value, "__clause_element__")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _length(value: Any, limits: Limits) -> str:
    if limits.max_length is None and limits.min_length is None:
        return ""
    size = len(value)
    fits = (limits.min_length or 0) <= size and (
        limits.max_length is None or size <= limits.max_length
    )
    what = "characters" if isinstance(value, str) else "items"
    return "" if fits else f"it has {size} {what}"


def _range(value: Any, limits: Limits) -> str:
    for bound, least in ((limits.low, True), (limits.high, False)):
        if bound is None:
            continue
        one, other = same_kind(value, bound), same_kind(bound, value)
        left_out = limits.above if least else limits.below
        if (one < other if least else one > other) or (left_out and one == other):
            return "it is too small" if least else "it is too large"
    return ""


def _step(value: Any, limits: Limits) -> str:
    if limits.multiple_of is None:
        return ""
    rest = Decimal(str(value)) % Decimal(str(limits.multiple_of))
    return f"it is no multiple of {limits.multiple_of}" if rest else ""


def _pattern(value: Any, limits: Limits) -> str:
    if limits.pattern is None or not isinstance(value, str):
        return ""
    try:
        found = re.search(limits.pattern, value)
    except re.error:
        return ""
    return "" if found else f"it does not match {limits.pattern!r}"


def _chosen(value: Any, limits: Limits) -> str:
    forms = (value.name, value.value) if isinstance(value, enum.Enum) else ()
    if limits.choices is not None and not any(one in limits.choices for one in (value, *forms)):
        return f"it is none of {', '.join(map(repr, limits.choices))}"
    return "it is left out" if value in limits.excluded else ""


def _digits(value: Any, limits: Limits) -> str:
    if limits.precision is None or isinstance(value, str | bool):
        return ""
    _, digits, exponent = Decimal(str(value)).as_tuple()
    if not isinstance(exponent, int):
        return ""
    whole = max(0, len(digits) + exponent) if any(digits) else 0
    room = limits.precision - (limits.scale or 0)
    return f"it has {whole} digits before the point" if whole > room else ""


def _bits(value: Any, limits: Limits) -> str:
    if limits.bits is None or not isinstance(value, int):
        return ""
    return "" if -(2**limits.bits) <= value < 2**limits.bits else "it is too large"


def _zone(value: Any, limits: Limits) -> str:
    if limits.aware is None or not isinstance(value, datetime | time):
        return ""
    if (value.tzinfo is not None) is limits.aware:
        return ""
    return "it has no time zone" if limits.aware else "it has a time zone"


def _accepted(value: Any, limits: Limits) -> str:
    for ask in limits.accepts:
        try:
            accepted = bool(ask(value))
        except Exception:  # a predicate of the user's own may raise anything: it has not said no
            continue
        if not accepted:
            return f"{getattr(ask, '__name__', 'its predicate')} does not accept it"
    return ""


_LIMITS: tuple[tuple[Callable[[Any, Limits], str], tuple[str, ...]], ...] = (
    (_length, ("min_length", "max_length")),
    (_range, ("low", "high")),
    (_step, ("multiple_of",)),
    (_pattern, ("pattern",)),
    (_chosen, ("choices", "excluded")),
    (_digits, ("precision",)),
    (_bits, ("bits",)),
    (_zone, ("aware",)),
    (_accepted, ("accepts",)),
)
