"""`told`: what can't be met, with the model and the field that it was wanted for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from belljar.data.errors import CannotMeet
from belljar.data.sources.endless import Endless
from belljar.data.sources.failing import FunctionFailed, placed

if TYPE_CHECKING:
    from belljar.data.factory.plan import Plan

__all__ = ["told"]


def told(error: CannotMeet, plan: Plan, name: str) -> CannotMeet:
    """Return the error with model and field; one that has a place already as it is."""
    if error.place or isinstance(error, Endless):
        return error
    place = f"{plan.shape.title}.{name}"
    if isinstance(error, FunctionFailed):
        return placed(error, place)
    fix = error.fix
    if not fix or fix == "give the field a source":
        fix = f"give {plan.title} a source for it: {name} = drawn(lambda draw: ...)"
    return CannotMeet(error.summary, place=place, choices=error.choices, fix=fix)
