"""`bind`: fields that are compared with others are drawn so that they fit these."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.shape.judging import UNKNOWN, value_of
from belljar.data.shape.limits import Limits
from belljar.data.sources.typed import source_for

if TYPE_CHECKING:
    from belljar.data.factory.row import Row
    from belljar.data.factory.steps import Step
    from belljar.data.sources.source import Source

__all__ = ["bind", "narrowed"]

_BOUND: dict[str, Callable[[Any], dict[str, Any]]] = {
    ">": lambda value: {"low": value, "above": True},
    ">=": lambda value: {"low": value},
    "<": lambda value: {"high": value, "below": True},
    "<=": lambda value: {"high": value},
    "=": lambda value: {"choices": (value,)},
    "<>": lambda value: {"excluded": (value,)},
}


def bind(row: Row) -> None:
    """Draw fields again that are compared with others, so that they fit these."""
    plan = row.plan
    if not plan.bounds:
        return
    settled = {*row.given, *plan.left, *plan.by_name} - {
        step.name for step in plan.bound_steps if step.name not in row.given
    }
    for step in plan.bound_steps:
        if step.name not in row.given:
            source = narrowed(row, step, settled)
            if source is not None:
                row.values[step.name] = source.one(row.draw)
            settled.add(step.name)


def narrowed(row: Row, step: Step, settled: set[str]) -> Source | None:
    """Return a source that fits the settled fields; None if the field's own one does, or none is."""
    if not step.typed or step.name in row.sources:
        return None
    limits = step.field.limits
    for bound in row.plan.bounds.get(step.name, ()):
        if bound.names <= settled:
            with suppress(TypeError, ValueError, ArithmeticError, LookupError):
                value = value_of(bound.tree, row.by_column())
                if value is not None and value is not UNKNOWN:
                    limits = limits.narrowed(**_BOUND[bound.sign](value))
    if limits is step.field.limits:
        return None
    with suppress(CannotMeet):
        return _narrowed(step, limits)
    # There is no room: the others have to move.
    return None


def _narrowed(step: Step, limits: Limits) -> Source:
    try:
        return _kept(step, limits)
    except TypeError:
        # A limit that can't be looked up.
        return source_for(step.field.type, limits, step.name)


@lru_cache(maxsize=4096)
def _kept(step: Step, limits: Limits) -> Source:
    # Hypothesis comes back to the same limits again and again when it shrinks.
    return source_for(step.field.type, limits, step.name)
