"""`Step` and `Bound`: what a plan knows of one field; `NoSource`, for a field that only a given value helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.factory.leaves import is_deep
from belljar.data.shape.judge import Judge, judge_of
from belljar.data.shape.parsing import Tree
from belljar.data.shape.shape import Field, Shape
from belljar.data.sources.choices import Choices, Fixed
from belljar.data.sources.judged import Judged, constants_of
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["Bound", "NoSource", "Step", "step_of_factory"]


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One field that is drawn: from where, and whether its values may repeat."""

    name: str
    source: Source
    unique: bool
    field: Field
    # Whether the source is the type's: it may be narrowed by what other fields have.
    typed: bool
    # The factory's source with its values judged, where there is anything to judge them by.
    judged: Judged | None = None

    @property
    def judge(self) -> Judge | None:
        """What the factory's values for it are held against."""
        return None if self.judged is None else self.judged.judge


@dataclass(frozen=True, slots=True)
class Bound:
    """What a field is compared with: an expression of other fields, by name."""

    sign: str
    tree: Tree
    names: frozenset[str]


class NoSource(Source):
    """What a field has for which there is no value; only one that is given helps."""

    def __init__(self, why: CannotMeet) -> None:
        self.why = why

    def one(self, draw: Draw) -> Any:
        """Return one."""
        raise CannotMeet(self.why.summary, choices=self.why.choices, fix=self.why.fix)

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        raise CannotMeet(self.why.summary, choices=self.why.choices, fix=self.why.fix)


def step_of_factory(shape: Shape, field: Field, source: Source, title: str) -> Step:
    """Return the step of a field that a factory, called `title`, says itself.

    Its constants are judged now, other values when they are drawn; objects of other models are left alone.
    """
    unique = field.unique or source.unique
    judge = None if is_deep(source) else judge_of(shape, field)
    if judge is None:
        return Step(field.name, source, unique, field, typed=False)
    for value in constants_of(source):
        if not judge.fits(value):
            # When it is drawn: the caller may give another one.
            refusing = NoSource(judge.misfit(value, title))
            return Step(field.name, refusing, unique, field, typed=False)
    if isinstance(source, Fixed | Choices):
        return Step(field.name, source, unique, field, typed=False)
    judged = Judged(source, judge, title)
    # What is unique gets its tag first.
    return Step(field.name, source if unique else judged, unique, field, False, judged)
