"""`Row`: one object in the making: its values, the objects it refers to, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet, nearest
from belljar.data.factory.plan import Plan, Step
from belljar.data.factory.state import State
from belljar.data.factory.taking import taken_value
from belljar.data.shape.checks import Check
from belljar.data.shape.judging import UNKNOWN, value_of
from belljar.data.shape.limits import Limits
from belljar.data.shape.shape import MISSING, Relation
from belljar.data.sources.choices import Nullable
from belljar.data.sources.endless import Endless
from belljar.data.sources.given import Derived, Faked, One
from belljar.data.sources.nested import Nested
from belljar.data.sources.source import Source
from belljar.data.sources.typed import source_for

if TYPE_CHECKING:
    from belljar.data.draw import Draw

__all__ = ["BOUND", "Row"]

BOUND: dict[str, Callable[[Any], dict[str, Any]]] = {
    ">": lambda value: {"low": value, "above": True},
    ">=": lambda value: {"low": value},
    "<": lambda value: {"high": value, "below": True},
    "<=": lambda value: {"high": value},
    "=": lambda value: {"choices": (value,)},
    "<>": lambda value: {"excluded": (value,)},
}


class Row:
    """One object in the making."""

    def __init__(
        self, plan: Plan, draw: Draw, state: State, given: dict[str, Any], asker: Row | None = None
    ) -> None:
        self.plan = plan
        self.draw = draw
        self.state = state
        self.asker = asker
        own, self.below = plan.split(given) if given else ({}, {})
        self.sources = {n: value for n, value in own.items() if isinstance(value, Source)}
        self.given = {n: value for n, value in own.items() if n not in self.sources}
        # What the model gets; `given` is in it.
        self.values: dict[str, Any] = dict(self.given)
        self.refers: dict[Relation, Any] = {}
        self.open: set[Relation] = set()
        # Optional relations that a CHECK wants.
        self.wanted: set[Relation] = set()
        # Fields that were refused by name, and have found a value since.
        self.settled: set[str] = set()
        # Fields that are derived from others, and those that are being worked out.
        self.working: list[str] = []

    def fill(self) -> None:
        """Draw every field that is not given; the given ones as well, so that they shift no other."""
        for step in self.plan.steps:
            name = step.name
            if name in self.given:
                self._pass_by(step)
            elif name in self.sources:
                if not isinstance(self.sources[name], Derived):
                    self.values[name] = self.sources[name].one(self.draw)
            else:
                self.values[name] = self.drawn(step, 0)
        for name, source in self.sources.items():
            if name not in self.plan.by_name and not isinstance(source, Derived):
                self._extra(name, source)
        for name, source in self.plan.given.items():
            if name not in self.plan.shape.by_name and name not in self.given:
                self._extra(name, source)

    def _pass_by(self, step: Step) -> None:
        """Draw a value that is not wanted, for the sake of those after it."""
        source = step.source.source if isinstance(step.source, Nullable) else step.source
        if (
            not step.unique
            and (isinstance(source, Faked) or step.typed)
            and type(source) is not Nested
        ):
            with suppress(CannotMeet):
                source.one(self.draw)

    def _extra(self, name: str, source: Source) -> None:
        # Relations are filled by themselves; what is left are names like hybrids.
        if name not in self.plan.shape.relation_by_name and not isinstance(source, Derived):
            self.values[name] = source.one(self.draw)

    def drawn(self, step: Step, attempt: int) -> Any:
        """Return a value for a field; another one after `attempt` were refused."""
        try:
            if step.unique:
                return taken_value(self.plan, step, self.draw, self.state, attempt)
            if step.name in self.below:
                return self._nested(step)
            return step.source.again(self.draw, attempt) if attempt else step.source.one(self.draw)
        except CannotMeet as error:
            if isinstance(error, Endless) and step.field.nullable:
                return None
            if error.place or isinstance(error, Endless):
                raise
            title = self.plan.title
            raise CannotMeet(
                error.summary,
                place=f"{self.plan.shape.title}.{step.name}",
                fix=f"give {title} a source for it: {step.name} = drawn(lambda draw: ...)",
            ) from error

    def _nested(self, step: Step) -> Any:
        from belljar.data.factory.making import make_nested

        source = step.source.source if isinstance(step.source, Nullable) else step.source
        if not isinstance(source, Nested):
            raise CannotMeet(
                f"{self.plan.shape.title}.{step.name} has no fields of its own: "
                f"{', '.join(f'{step.name}__{name}' for name in self.below[step.name])}",
                fix=f"give {step.name} itself",
            )
        said = source.values if isinstance(source, One) else {}
        return make_nested(self.draw, source.model, **{**said, **self.below[step.name]})

    def derive(self) -> None:
        """Work out the fields that are derived from others."""
        for name in self._derived():
            self.values.pop(name, None)
        for name in self._derived():
            self.get(name)

    def _derived(self) -> dict[str, Derived]:
        own = {n: s for n, s in self.sources.items() if isinstance(s, Derived)}
        others = {n: s for n, s in self.plan.derived.items() if n not in self.sources}
        return {n: s for n, s in {**others, **own}.items() if n not in self.given}

    def get(self, name: str) -> Any:
        """Return the value that a field has so far."""
        if name in self.values:
            return self.values[name]
        derived = self._derived().get(name)
        if derived is not None:
            return self._worked_out(name, derived)
        relation = self.plan.shape.relation_by_name.get(name)
        if relation is not None:
            return self.refers.get(relation)
        if name in self.plan.left:
            return self.plan.left[name]
        if name in self.plan.shape.by_name:
            return self._of_reference(name)
        near = nearest(name, self.plan.shape.names)
        raise CannotMeet(
            f"{self.plan.shape.title} has no field {name!r}",
            place="derived",
            choices=near or self.plan.shape.names,
        )

    def _worked_out(self, name: str, derived: Derived) -> Any:
        if name in self.working:
            raise CannotMeet(
                f"{' needs '.join([*self.working, name])}",
                place=f"{self.plan.shape.title}.{name}",
                fix="derive one of them from other fields",
            )
        self.working.append(name)
        try:
            value = self.values[name] = derived.of(_View(self))
        finally:
            self.working.pop()
        return value

    def _of_reference(self, name: str) -> Any:
        for relation, other in self.refers.items():
            for here, there in relation.pairs:
                if here == name and other is not None:
                    return other.get(there) if isinstance(other, dict) else getattr(other, there)
        return None

    def bind(self) -> None:
        """Draw fields again that are compared with others, so that they fit these."""
        if not self.plan.bounds:
            return
        settled = {*self.given, *self.plan.left, *self.plan.by_name} - {
            step.name for step in self.plan.bound_steps if step.name not in self.given
        }
        for step in self.plan.bound_steps:
            if step.name not in self.given:
                source = self.narrowed(step, settled)
                if source is not None:
                    self.values[step.name] = source.one(self.draw)
                settled.add(step.name)

    def narrowed(self, step: Step, settled: set[str]) -> Source | None:
        """Return a source that fits the settled fields; None if the field's own one does, or none is."""
        if not step.typed or step.name in self.sources:
            return None
        limits = step.field.limits
        for bound in self.plan.bounds.get(step.name, ()):
            if bound.names <= settled:
                with suppress(TypeError, ValueError, ArithmeticError, LookupError):
                    value = value_of(bound.tree, self._by_column())
                    if value is not None and value is not UNKNOWN:
                        limits = limits.narrowed(**BOUND[bound.sign](value))
        if limits is step.field.limits:
            return None
        with suppress(CannotMeet):
            return _narrowed(step, limits)
        # There is no room: the others have to move.
        return None

    def _by_column(self) -> dict[str, Any]:
        return {column: self._for_check(f.name) for column, f in self.plan.shape.by_column.items()}

    def broken(self) -> Check | None:
        """Return a CHECK that the row does not keep to."""
        if not self.plan.checks:
            return None
        row = self._by_column()
        return next((check for check in self.plan.checks if not check.holds(row)), None)

    def _for_check(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        if name in self.plan.left:
            return self.plan.left[name]
        if name in self.plan.foreign:
            for relation in self.plan.to_one:
                if name in relation.local and (
                    self.refers.get(relation) is not None or relation in self.wanted
                ):
                    return UNKNOWN
            return None
        return UNKNOWN

    def repeated(self) -> tuple[str, ...] | None:
        """Return a group of fields whose values another object has already; takes them if there is none."""
        keys = {}
        for group in self.plan.groups:
            key = tuple(self._key(name) for name in group)
            if MISSING in key:
                continue
            if key in self.state.taken[self.plan.shape.model, group]:
                return group
            keys[group] = key
        for group, key in keys.items():
            self.state.taken[self.plan.shape.model, group].add(key)
        return None

    def _key(self, name: str) -> Any:
        for relation, other in self.refers.items():
            if name in relation.local and other is not None:
                self.state.kept.append(other)
                return ("object", id(other))
        value = self.values.get(name, self.plan.left.get(name, MISSING))
        if value is None or value is MISSING:
            return MISSING
        try:
            hash(value)
        except TypeError:
            return repr(value)
        return value


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


class _View:
    """A row as the function of a derived field sees it."""

    __slots__ = ("_row",)

    def __init__(self, row: Row) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return self._row.get(name)

    __getitem__ = __getattr__
