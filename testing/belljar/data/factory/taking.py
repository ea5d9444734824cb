"""`taken_value`: a value that no other object of the model has in this test, and hardly any in another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.factory.state import State
from belljar.data.sources.given import Faked
from belljar.data.sources.judged import bare, counts
from belljar.data.sources.numbers import Integers
from belljar.data.sources.source import Source
from belljar.data.sources.texts import Texts

if TYPE_CHECKING:
    from belljar.data.draw import Draw
    from belljar.data.factory.plan import Plan
    from belljar.data.factory.steps import Step

__all__ = ["taken_value"]

_TRIES = 200
_SHOWN = 5


def taken_value(plan: Plan, step: Step, draw: Draw, state: State, attempt: int) -> Any:
    """Return a value that is not taken yet, and take it. Raises CannotMeet when none is found."""
    taken = state.taken[plan.shape.model, step.name]
    source = bare(step.source)
    tried: list[Any] = []
    refused: list[Any] = []
    for trial in range(_TRIES):
        value = _tagged(source, step, draw, attempt + trial)
        if step.judge is not None and not step.judge.fits(value):
            if counts(source):
                raise step.judge.misfit(value, plan.title)
            refused.append(value)
            continue
        key = value if _hashable(value) else repr(value)
        if value is None:
            return value
        if key not in taken:
            taken.add(key)
            return value
        tried.append(value)
    if step.judge is not None and not tried:
        raise step.judge.none(refused, plan.title)
    shown = ", ".join(dict.fromkeys(map(repr, tried[:_SHOWN])))
    raise CannotMeet(
        f"there is no value left that is unique; there are {len(taken)} already; tried {shown}",
        place=f"{plan.shape.title}.{step.name}",
        choices=[f"unique, with limits {step.field.limits}"],
        fix=f"make fewer of them, or give {plan.title} a source for it: "
        f'{step.name} = sequence("{step.name}-{{n}}")',
    )


def _tagged(source: Source, step: Step, draw: Draw, tried: int) -> Any:
    limits = step.field.limits
    if isinstance(source, Integers) and limits.choices is None and tried == 0:
        # In a small range chance finds what is free; in a wide one tests stay apart.
        wide = source.least is None and source.most is None and source.step == 1
        if wide:
            return draw.unique.integer(1, min(source.widest, 2**53) - 1)
    value = source.again(draw, tried) if tried else source.one(draw)
    # After some refusals plain values are tried: a tag may be what was refused.
    if isinstance(value, str) and isinstance(source, Texts | Faked) and tried % 4 < 2:
        try:
            value = draw.unique.text(value, limits.max_length)
        except CannotMeet:
            return value
        if limits.case is not None:
            value = value.upper() if limits.case == "upper" else value.lower()
    return value


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
