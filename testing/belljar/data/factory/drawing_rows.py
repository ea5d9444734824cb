"""`ExampleRow`: one object in an example of Hypothesis: each field drawn from its source's strategy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory.drawing_relations import bear, refer
from belljar.data.factory.drawn_sources import strategy_for
from belljar.data.factory.leaves import leads_to, leaf_of, shorter_of
from belljar.data.factory.making import form_tried
from belljar.data.factory.narrowing import narrowed
from belljar.data.factory.paths import check_given, reached
from belljar.data.factory.plan import Plan
from belljar.data.factory.refusing import cannot_build, cannot_keep, names_in
from belljar.data.factory.repeating import repeated
from belljar.data.factory.row import Row
from belljar.data.factory.state import State
from belljar.data.factory.steps import Step
from belljar.data.factory.telling import told
from belljar.data.factory.viewing import Owner
from belljar.data.shape.judge import Misfit
from belljar.data.sources.given import Derived
from belljar.data.sources.source import Source

__all__ = ["ExampleRow"]

_TRIES = 20
_REFUSED = 200
# How deep an object of a model lies in others of its own.
_DEEPEST = 2


class ExampleRow:
    """One object of a plan, drawn by Hypothesis."""

    def __init__(
        self,
        plan: Plan,
        choose: Callable[[Any], Any],
        state: State,
        values: dict[str, Any],
        asker: ExampleRow | None = None,
        above: tuple[Any, ...] = (),
        owner: Owner | None = None,
    ) -> None:
        from hypothesis.strategies import SearchStrategy

        self.plan, self.choose, self.state, self.asker = plan, choose, state, asker
        self.models: tuple[Any, ...] = asker.models if asker is not None else above
        self.models += (plan.shape.model,)
        drawn = {n: choose(v) if isinstance(v, SearchStrategy) else v for n, v in values.items()}
        self.refused = 0
        # What judges rows and works out derived fields is the same as without Hypothesis.
        self.row = Row(plan, Draw(0, plan.shape.name), state, drawn, owner=owner)
        self.row.children.bear = partial(bear, self)
        check_given(self.row)

    def made(self) -> Any:
        """Return the object; an example whose values the model refuses is none."""
        from hypothesis import assume, reject
        from hypothesis import strategies as st

        row = self.row
        if self.plan.may_refuse:
            # Drawn whether it is needed or not: Hypothesis shrinks best what has one form.
            self.refused = self.choose(st.integers(0, 2**16))
        for relation in sorted(self.plan.to_one, key=lambda one: len(one.pairs)):
            refer(self, relation)
        bound = self.plan.bound_steps
        for step in (*(s for s in self.plan.steps if s not in bound), *bound):
            if step.name not in row.given and not isinstance(row.sources.get(step.name), Derived):
                row.values[step.name] = self._drawn(step)
        for name, source in self._extra():
            row.values[name] = self.chosen(name, strategy_for(source))
        for name in row.below:
            if name not in self.plan.by_name and name in self.plan.shape.by_name:
                row.values[name] = self.choose(reached(row, name).strategy())
        self._derive()
        for _ in range(_TRIES):
            check = row.broken()
            if check is None:
                break
            columns = self.plan.shape.by_column
            names = {columns[name].name for name in check.columns if name in columns}
            if not self._again(names):
                break
            self._derive()
        if row.broken() is not None and self._free(row.broken()):
            self.plan.examples.missed(lambda: cannot_keep(row))
            reject()
        assume(repeated(row) is None)
        for relation in sorted(row.wanted, key=lambda one: one.local):
            refer(self, relation, wanted=True)
        made = self._built()
        row.children.add_to(made)
        return made

    def _derive(self) -> None:
        """Work out the derived fields; an example in which one of them can't have its value is none."""
        from hypothesis import reject

        try:
            self.row.derive()
        except Misfit as error:
            misfit = error
            self.plan.examples.missed(lambda: misfit)
            reject()

    def _extra(self) -> Iterator[tuple[str, Source]]:
        """Yield the sources of what no step has: hybrids, and fields that are else left to the model."""
        row, shape = self.row, self.plan.shape
        said = {n: s for n, s in self.plan.given.items() if n not in shape.by_name}
        for name, source in {**said, **row.sources}.items():
            known = name in self.plan.by_name or name in row.given or name in row.below
            if not (known or name in shape.relation_by_name or isinstance(source, Derived)):
                yield name, source

    def _built(self) -> Any:
        """Build the object; where the model refuses, from values of the forms that validators ask for."""
        from hypothesis import reject

        draw = Draw(self.refused, "refused")
        tried: list[Any] = []
        refusal: Exception | None = None
        for attempt in range(1, _REFUSED + 1):
            try:
                made = self.plan.shape.build(self.row.ready())
                self.plan.examples.met()
                return made
            except Exception as error:
                names = names_in(error, self.row) - set(self.row.given) - set(self.row.sources)
                if not names:
                    raise
                tried.append({name: self.row.values.get(name) for name in sorted(names)[:3]})
                refusal = error
                sure = len(names) == 1 or names < set(self.plan.by_name)
                for step in self.plan.steps:
                    if step.name in names and (sure or draw.random.random() < 0.5):
                        form = attempt if sure else form_tried(draw, attempt)
                        self.row.values[step.name] = step.source.again(draw, form)
                self._derive()
        assert refusal is not None
        # Hypothesis would say no more than that drawing is slow.
        self.plan.examples.missed(lambda: cannot_build(self.row, refusal, tried))
        return reject()

    def _free(self, check: Any) -> bool:
        columns = self.plan.shape.by_column
        names = {columns[name].name for name in check.columns if name in columns}
        return bool(names - set(self.row.given))

    def _again(self, names: set[str]) -> bool:
        from hypothesis import strategies as st

        again = False
        steps = [s for s in self.plan.steps if s.name in names and s.name not in self.row.given]
        steps.sort(key=lambda step: step in self.plan.bound_steps)
        for step in steps:
            self.row.values.pop(step.name, None)
        for step in steps:
            self.row.values[step.name] = self._drawn(step)
            again = True
        for relation in self.plan.to_one:
            if (
                not relation.required
                and set(relation.local) & names
                and relation not in self.row.refers
            ):
                wanted = self.choose(st.booleans())
                (self.row.wanted.add if wanted else self.row.wanted.discard)(relation)
                again = True
        return again

    def _drawn(self, step: Step) -> Any:
        from hypothesis.errors import InvalidArgument

        try:
            return self._drawn_by(step)
        except InvalidArgument as error:
            raise told(CannotMeet(str(error)), self.plan, step.name) from error
        except CannotMeet as error:
            raise told(error, self.plan, step.name) from error.__cause__

    def _drawn_by(self, step: Step) -> Any:
        source = self.row.sources.get(step.name, step.source)
        if step.name in self.row.below:
            return self.choose(reached(self.row, step.name, step.source).strategy())
        if step.name in self.plan.bounds:
            source = narrowed(self.row, step, {*self.row.values, *self.plan.left}) or source
        if len(self.state.above) >= _DEEPEST:
            source = self._flat(source)
        elif leads_to(source, self.plan.shape.model):
            source = shorter_of(source)
        if step.judged is not None and source is step.source:
            source = step.judged
        strategy = strategy_for(source)
        if not (step.unique or source.unique):
            return self.chosen(step.name, strategy)
        taken = self.state.taken[self.plan.shape.model, step.name]
        free = strategy.filter(lambda one: one is None or _key(one) not in taken)
        value = self.chosen(step.name, free)
        taken.add(_key(value))
        return value

    def _flat(self, source: Source) -> Source:
        """Return a source that leads no deeper, if there is one; a level above, half of the time."""
        from hypothesis import strategies as st

        leaf = leaf_of(source)
        if leaf is None or not (len(self.state.above) > _DEEPEST or self.choose(st.booleans())):
            return shorter_of(source)
        return leaf

    def chosen(self, name: str, strategy: Any) -> Any:
        """Return a value of a field's strategy."""
        try:
            return self.choose(strategy)
        except CannotMeet as error:
            raise told(error, self.plan, name) from error.__cause__


def _key(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value
