"""`Row`: one object in the making: its values, the objects it refers to, and what is asked of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.factory.children import Children
from belljar.data.factory.paths import reached
from belljar.data.factory.plan import Plan
from belljar.data.factory.state import State, current
from belljar.data.factory.steps import Step
from belljar.data.factory.taking import taken_value
from belljar.data.factory.telling import told
from belljar.data.factory.viewing import Owner, View, no_field
from belljar.data.shape.checks import Check
from belljar.data.shape.judging import UNKNOWN
from belljar.data.shape.shape import Relation
from belljar.data.sources.endless import Endless
from belljar.data.sources.failing import FunctionFailed, placed
from belljar.data.sources.given import Derived, Faked, One
from belljar.data.sources.judged import bare
from belljar.data.sources.nested import Nested
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from belljar.data.draw import Draw

__all__ = ["Row"]


class Row:
    """One object in the making."""

    def __init__(
        self,
        plan: Plan,
        draw: Draw,
        state: State,
        given: dict[str, Any],
        asker: Row | None = None,
        owner: Owner | None = None,
    ) -> None:
        self.plan = plan
        self.draw = draw
        self.state = state
        self.asker = asker
        own, self.below = plan.split(given) if given else ({}, {})
        self.sources = {n: plan.fitted(n, v) for n, v in own.items() if isinstance(v, Source)}
        self.given = {n: value for n, value in own.items() if n not in self.sources}
        # What the model gets; `given` is in it.
        self.values: dict[str, Any] = dict(self.given)
        self.refers: dict[Relation, Any] = {}
        self.owner = owner
        if owner is not None and owner.back is not None:
            self.refers[plan.shape.relation_by_name[owner.back]] = owner.parent
        self.children = Children(self)
        # What is being made while this row is, itself last.
        self.models = current.models
        self.open: set[Relation] = set()
        # Optional relations that a CHECK wants.
        self.wanted: set[Relation] = set()
        # Fields that were refused by name, and have found a value since.
        self.settled: set[str] = set()

    def source(self, name: str | None) -> Source | None:
        """Return what the caller, or else the factory, says of a name."""
        return self.sources.get(name or "") or self.plan.given.get(name or "")

    def decides(self, relation: Relation) -> bool:
        """Whether the caller's, or the factory's, sources say themselves what a relation leads to."""
        name = relation.name or ""
        if name in self.given or name in self.below or all(n in self.given for n in relation.local):
            return False
        source = self.source(name)
        if source is not None:
            return not isinstance(source, One)
        keys = [None if n in self.given else self.source(n) for n in relation.local]
        return all(
            n in self.given or (key is not None and not isinstance(key, Derived))
            for n, key in zip(relation.local, keys, strict=True)
        )

    def fill(self) -> None:
        """Draw every field that is not given; the given ones as well, so that they shift no other."""
        for step in self.plan.steps:
            name = step.name
            if name in self.given:
                self._pass_by(step)
            elif name in self.sources:
                if not isinstance(self.sources[name], Derived):
                    self.values[name] = self._from(name, self.sources[name])
            else:
                self.values[name] = self.drawn(step, 0)
        for name, source in self.sources.items():
            if name not in self.plan.by_name and not isinstance(source, Derived):
                self._extra(name, source)
        for name, source in self.plan.given.items():
            if name not in self.plan.shape.by_name and name not in self.given | self.sources:
                self._extra(name, source)
        for name in self.below:
            if name not in self.plan.by_name and name in self.plan.shape.by_name:
                # A field that is else left to the model.
                self.values[name] = reached(self, name).one(self.draw)

    def _pass_by(self, step: Step) -> None:
        """Draw a value that is not wanted, for the sake of those after it."""
        source = bare(step.source)
        if (
            not step.unique
            and (isinstance(source, Faked) or step.typed)
            and type(source) is not Nested
        ):
            with suppress(CannotMeet):
                step.source.one(self.draw)

    def _extra(self, name: str, source: Source) -> None:
        # Relations are filled by themselves; what is left are names like hybrids.
        if name not in self.plan.shape.relation_by_name and not isinstance(source, Derived):
            self.values[name] = self._from(name, source)

    def _from(self, name: str, source: Source) -> Any:
        if name in self.below and name in self.plan.shape.by_name:
            source = reached(self, name, source)
        elif source.unique and name in self.plan.shape.by_name:
            return self.drawn(Step(name, source, True, self.plan.shape.by_name[name], False), 0)
        try:
            return source.one(self.draw)
        except CannotMeet as error:
            raise told(error, self.plan, name) from error.__cause__

    def drawn(self, step: Step, attempt: int) -> Any:
        """Return a value for a field; another one after `attempt` were refused."""
        try:
            if step.name in self.below:
                return reached(self, step.name, step.source).one(self.draw)
            if step.unique:
                return taken_value(self.plan, step, self.draw, self.state, attempt)
            return step.source.again(self.draw, attempt) if attempt else step.source.one(self.draw)
        except CannotMeet as error:
            if isinstance(error, Endless) and step.field.nullable:
                return None
            if error.place or isinstance(error, Endless):
                raise
            raise told(error, self.plan, step.name) from error.__cause__

    def ready(self) -> dict[str, Any]:
        """Return its values as the model gets them: hybrids and the like last, since they set other fields."""
        known = self.plan.shape.by_name
        late = [name for name in self.values if name not in known]
        return {
            **{n: v for n, v in self.values.items() if n in known},
            **{n: self.values[n] for n in late},
        }

    def derive(self) -> None:
        """Work out the fields that are derived from others."""
        for name in self.derived():
            self.values.pop(name, None)
        for name in self.derived():
            self.get(name)

    def derived(self) -> dict[str, Derived]:
        """Return the sources of what follows from other fields."""
        own = {n: s for n, s in self.sources.items() if isinstance(s, Derived)}
        others = {n: s for n, s in self.plan.derived.items() if n not in self.sources}
        return {n: s for n, s in {**others, **own}.items() if n not in self.given}

    @contextmanager
    def asking(self, name: str) -> Iterator[None]:
        """Note that a field is being worked out. Raises CannotMeet if it is already: they need each other."""
        asked = self.state.asked
        entry = (self, name)
        if entry in asked:
            circle = [*asked[asked.index(entry) :], entry]
            same = all(row is self for row, _ in circle)
            raise CannotMeet(
                " needs ".join(n if same else f"{row.plan.shape.title}.{n}" for row, n in circle),
                place=f"{self.plan.shape.title}.{name}",
                fix="derive one of them from other fields",
            )
        asked.append(entry)
        try:
            yield
        finally:
            asked.pop()

    def get(self, name: str) -> Any:
        """Return the value that a field has so far."""
        if self.owner is not None and name == self.owner.back:
            return self.owner.parent
        if name in self.values:
            return self.values[name]
        derived = self.derived().get(name)
        if derived is not None:
            return self._worked_out(name, derived)
        relation = self.plan.shape.relation_by_name.get(name)
        if relation in self.plan.to_many:
            return self.children.early(relation)
        if relation is not None and relation.viewonly:
            raise CannotMeet(
                f"{name} is viewonly: it is there when the row is stored, and read again",
                place=f"{self.plan.shape.title}.{name}",
                fix="derive from the relationship() that is written",
            )
        if relation is not None:
            return self.refers.get(relation)
        if name in self.plan.left:
            return self.plan.left[name]
        if name in self.plan.shape.by_name:
            return self._of_reference(name)
        raise no_field(self, name)

    def _worked_out(self, name: str, derived: Derived) -> Any:
        with self.asking(name):
            try:
                value = derived.of(View(self))
            except FunctionFailed as error:
                raise placed(error, f"{self.plan.shape.title}.{name}") from error.__cause__
        judge = None if name in self.sources else self.plan.judge(name)
        if judge is not None and not judge.fits(value):
            misfit = judge.misfit(value, self.plan.title)
            misfit.row = self
            raise misfit
        self.values[name] = value
        relation = self.plan.shape.relation_by_name.get(name)
        if relation in self.plan.to_one:
            self.refers[relation] = value
        return value

    def _of_reference(self, name: str) -> Any:
        for relation, other in self.refers.items():
            for here, there in relation.pairs:
                if here == name and other is not None:
                    return other.get(there) if isinstance(other, dict) else getattr(other, there)
        return None

    def by_column(self) -> dict[str, Any]:
        """Return its values as its table has them."""
        return {column: self._for_check(f.name) for column, f in self.plan.shape.by_column.items()}

    def broken(self) -> Check | None:
        """Return a CHECK that the row does not keep to."""
        if not self.plan.checks:
            return None
        row = self.by_column()
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
