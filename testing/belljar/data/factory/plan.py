"""`Plan`: how the objects of a model, or of a factory, are made; worked out once, used for each."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from belljar.data.errors import CannotMeet, nearest
from belljar.data.factory.defaults import source_of_default
from belljar.data.factory.examples import Examples
from belljar.data.factory.factory import Factory
from belljar.data.factory.finding import factory_for
from belljar.data.factory.fitting import fitted
from belljar.data.factory.steps import Bound, NoSource, Step, step_of_factory
from belljar.data.shape.checks import Check
from belljar.data.shape.classes import hashable
from belljar.data.shape.judge import Judge, judge_of
from belljar.data.shape.reading import no_model, shape_of
from belljar.data.shape.shape import MISSING, Field, Relation, Shape
from belljar.data.sources.choices import Fixed, Nullable
from belljar.data.sources.given import Derived
from belljar.data.sources.source import Source
from belljar.data.sources.typed import source_for, source_of

__all__ = ["Plan", "Step", "plan_of"]


class Plan:
    """How the objects of one model or factory are made."""

    def __init__(self, model: Any, factory: type[Factory[Any]] | None) -> None:
        self.shape: Shape = shape_of(model)
        self.examples = Examples()
        self.factory = factory
        self.given: dict[str, Source] = dict(factory.sources) if factory is not None else {}
        self.derived = {n: s for n, s in self.given.items() if isinstance(s, Derived)}
        self.relations = [r for r in self.shape.relations if not r.viewonly]
        self.to_one = [r for r in self.relations if not r.many and not r.secondary]
        self.to_many = [r for r in self.relations if r.many or r.secondary]
        self.foreign = {n for r in self.to_one for n in r.local if self._is_reference(r, n)}
        self._judges: dict[str, Judge | None] = {}
        # What a value stands for that is left to the model.
        self.left: dict[str, Any] = {}
        self.steps = tuple(filter(None, map(self._step, self.shape.fields)))
        self.by_name = {step.name: step for step in self.steps}
        # What may be stored has to be kept, too.
        stored = self.shape.kind in ("sqlalchemy", "table")
        self.plain = not (
            stored
            or self.relations
            or self.derived
            or self.shape.checks
            or self.groups
            or self._extra()
        ) and not any(step.unique for step in self.steps)

    def fitted(self, name: str, source: Source) -> Source:
        """Return a source that somebody gives a field, with its objects as the field's type has them."""
        field = self.shape.by_name.get(name)
        return source if field is None else fitted(source, field, self.shape.title)

    @property
    def title(self) -> str:
        """What errors call the factory, there or not."""
        return self.factory.__name__ if self.factory is not None else f"{self.shape.title}Factory"

    def _extra(self) -> bool:
        return any(name not in self.shape.by_name for name in self.given)

    def _is_reference(self, relation: Relation, name: str) -> bool:
        return name not in self.given or relation.name in self.given

    def _step(self, field: Field) -> Step | None:
        given = self.given.get(field.name)
        if isinstance(given, Derived):
            return None
        if given is not None:
            given = self.fitted(field.name, given)
            return step_of_factory(self.shape, field, given, self.title)
        if field.name in self.foreign:
            return None
        if field.default is not MISSING:
            self.left[field.name] = field.default
            return None
        if field.computed:
            return None
        try:
            made = field.default_factory is not None
            source = source_of_default(field) if made else source_of(field)
        except CannotMeet as error:
            if field.nullable and self.shape.kind in ("sqlalchemy", "table"):
                self.left[field.name] = None
                return None
            if field.nullable:
                return Step(field.name, Fixed(None), False, field, False)
            # Not yet: the caller may give it.
            source = _by_column(field) or NoSource(error)
        if field.nullable and not isinstance(source, Nullable):
            source = Nullable(source)
        return Step(field.name, source, field.unique, field, True)

    def judge(self, name: str) -> Judge | None:
        """Return what the factory's derived values for a field are held against."""
        if name not in self._judges:
            field = self.shape.by_name.get(name)
            self._judges[name] = None if field is None else judge_of(self.shape, field)
        return self._judges[name]

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The fields that are unique together: several, or one that refers to another model."""
        return tuple(
            group for group in self.shape.uniques if len(group) > 1 or group[0] in self.foreign
        )

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """The CHECKs that are understood and speak of this model's fields."""
        columns = self.shape.by_column
        return tuple(c for c in self.shape.checks if c.columns & set(columns))

    @cached_property
    def bounds(self) -> dict[str, list[Bound]]:
        """For each field what it is compared with."""
        found: dict[str, list[Bound]] = {}
        columns = self.shape.by_column
        for check in self.checks:
            for name, sign, tree, others in check.bounds():
                if name in columns and others <= set(columns):
                    names = frozenset(columns[other].name for other in others)
                    found.setdefault(columns[name].name, []).append(Bound(sign, tree, names))
        return found

    @cached_property
    def bound_steps(self) -> tuple[Step, ...]:
        """The steps of such fields, those last that follow from others: `net = amount - fee`."""
        steps = [step for step in self.steps if step.name in self.bounds]
        return tuple(
            sorted(steps, key=lambda step: any(b.sign == "=" for b in self.bounds[step.name]))
        )

    @cached_property
    def may_refuse(self) -> bool:
        """Whether the model looks at its values itself, beyond what types and limits say."""
        model = self.shape.model
        return (
            self.shape.kind in ("pydantic", "class")
            or hasattr(model, "__post_init__")
            or bool(self.shape.validated)
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """What a caller may give a value for."""
        return frozenset((*self.shape.names, *self.shape.settable))

    def split(self, values: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Return values by field, and those for a related object's fields: `customer__name`.

        Raises CannotMeet for a name that the model doesn't have.
        """
        own: dict[str, Any] = {}
        below: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            head, deeper, rest = name.partition("__")
            if name in self.names:
                own[name] = value
            elif deeper and head in self.shape.names:
                below.setdefault(head, {})[rest] = value
            else:
                near = nearest(name, self.shape.names)
                raise CannotMeet(
                    f"{self.shape.title} has no field {name!r}",
                    choices=self.shape.names,
                    fix=f"write {near[0]!r}" if near else "leave it out",
                )
        return own, below


def _by_column(field: Field) -> Source | None:
    """Return the source by a column's own type, where an annotation says what isn't known."""
    if field.origin is None:
        return None
    from belljar.data.shape.columns import type_of_column

    with suppress(CannotMeet):
        return source_for(type_of_column(field.origin.type), field.limits, field.name)
    return None


_by_model: WeakKeyDictionary[Any, Plan] = WeakKeyDictionary()
_others: dict[Any, Plan] = {}


def plan_of(model_or_factory: Any) -> Plan:
    """Return the plan of a factory, or of a model and the one factory that it has, if any."""
    if isinstance(model_or_factory, type) and issubclass(model_or_factory, Factory):
        factory: Any = model_or_factory
        plan = _by_model.get(factory)
        if plan is None and factory.model is None:
            raise CannotMeet(
                f"{factory.__name__} does not say which model it is for",
                fix=f"class CustomerFactory({factory.__name__}[Customer])",
            )
        if plan is None:
            plan = _by_model[factory] = Plan(factory.model, factory)
        return plan
    found = factory_for(model_or_factory)
    if found is not None:
        return plan_of(found)
    try:
        known = _by_model.get(model_or_factory)
    except TypeError:
        if not hashable(model_or_factory):
            raise no_model(model_or_factory) from None
        known = _others.get(model_or_factory)
    if known is None:
        known = Plan(model_or_factory, None)
        try:
            _by_model[model_or_factory] = known
        except TypeError:
            _others[model_or_factory] = known
    return known
