"""`maker`: what makes a field's values a block at a time: pooled ones, and those that are all different."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.sources.given import Faked
from belljar.data.sources.judged import Judged, bare, counts
from belljar.data.sources.numbers import Integers
from belljar.data.sources.source import Source
from belljar.data.sources.texts import Texts
from belljar.data.tagging import tagged

if TYPE_CHECKING:
    from belljar.data.draw import Draw
    from belljar.data.factory.steps import Step
    from belljar.data.scenarios.schema import Column
    from belljar.data.shape.judge import Judge

__all__ = ["longest_of", "maker"]

_TRIES = 200
_POOL = 512
# Of the count in a text that is unique.
_DIGITS = 8
_LENGTH = re.compile(r"char\w*(?: varying)?\((\d+)\)", re.IGNORECASE)


def longest_of(step: Step, column: Column | None) -> int | None:
    """Return how long a text may be, by the model and by the database."""
    found = _LENGTH.search(column.type) if column is not None else None
    said = [step.field.limits.max_length, int(found[1]) if found else None]
    return min((limit for limit in said if limit is not None), default=None)


def maker(
    step: Step, draw: Draw, title: str, *, unique: bool, longest: int | None
) -> Callable[[int], list[Any]]:
    """Return what makes so many values of a field; `longest` is how long a text may be, `title` the factory's name."""
    source = bare(step.source)
    if not unique:
        if isinstance(source, Faked):
            return _pooled(source, draw, step.judge, title)
        return partial((step.source if isinstance(step.source, Judged) else source).column, draw)
    limits = step.field.limits
    if isinstance(source, (Faked, Texts)) and step.field.type is str:
        return _tagged(_pooled(source, draw), step, draw, longest, title)
    free = isinstance(source, Integers) and source.step == 1
    if free and isinstance(source, Integers) and limits.choices is None:
        low, high = source.low, source.high
        if source.least is None and source.most is None:
            low, high = 1, min(source.widest, 2**53) - 1
        return lambda n: [draw.unique.integer(low, high) for _ in range(n)]
    return _new(source, draw, step, title)


def _pooled(
    source: Source, draw: Draw, judge: Judge | None = None, title: str = ""
) -> Callable[[int], list[Any]]:
    """Values that repeat, chosen among some that were drawn at the beginning."""
    plain = copy.copy(source)
    plain.unique = False
    pool: list[Any] = []

    def column(n: int) -> list[Any]:
        if not pool:
            drawn = plain.column(draw, _POOL)
            pool.extend(drawn if judge is None else filter(judge.fits, drawn))
            if judge is not None and not pool:
                raise judge.none(drawn, title)
        return draw.random.choices(pool, k=n)

    return column


def _tagged(
    pooled: Callable[[int], list[Any]], step: Step, draw: Draw, longest: int | None, title: str
) -> Callable[[int], list[Any]]:
    """Texts with the tag and a count, as `draw.unique.text` makes them, without looking at each anew."""
    case = step.field.limits.case
    tag = draw.unique.tag
    parts: dict[str, tuple[str, str]] = {}
    given = 0

    def column(n: int) -> list[Any]:
        nonlocal given
        values = []
        for number, base in enumerate(pooled(n), given):
            found = parts.get(base)
            if found is None:
                # With room for a count, which text() would ask for later.
                room = None if longest is None else longest - _DIGITS
                text = tagged(str(base), tag, room)
                if text is None:
                    raise _no_room(step, str(base), len(tag) + _DIGITS, longest, title)
                before, _, after = str(text).partition(tag)
                found = parts[base] = (before, tag + after)
            values.append(f"{found[0]}{number}{found[1]}")
        given += n
        if case is None:
            return values
        return [v.upper() if case == "upper" else v.lower() for v in values]

    return column


def _no_room(step: Step, base: str, least: int, longest: int | None, title: str) -> CannotMeet:
    kind = type(getattr(step.field.origin, "type", None)).__name__
    column = f"{kind}({longest})" if step.field.origin is not None else f"{longest} characters"
    return CannotMeet(
        f"its values are unique: with a tag of the test's and a count {base!r} takes {least} characters "
        f"at least, and there is room for {column}",
        fix=f"give {title} a source for {step.name} that is unique by itself, "
        f'{step.name} = sequence("{{n}}"), or make it longer',
    )


def _new(source: Source, draw: Draw, step: Step, title: str) -> Callable[[int], list[Any]]:
    """Values of which none was there before; what was there is remembered by its hash."""
    seen: set[int] = set()
    judge = step.judge

    def column(n: int) -> list[Any]:
        values = source.column(draw, n)
        for at, value in enumerate(values):
            trial = 0
            while hash(value) in seen or not (judge is None or judge.fits(value)):
                trial += 1
                unfit = judge is not None and not judge.fits(value)
                if judge is not None and unfit and (counts(source) or trial > _TRIES):
                    raise judge.misfit(value, title)
                if trial > _TRIES:
                    raise CannotMeet(
                        f"there is no value left that is unique; {len(seen)} were given",
                        place=f"{title}.{step.name}",
                        fix="ask for fewer rows, or give it a source: sequence('{n}')",
                    )
                value = values[at] = source.again(draw, trial)
            seen.add(hash(value))
        return values

    return column
