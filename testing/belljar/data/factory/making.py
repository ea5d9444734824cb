"""`make` and `make_many`: objects of a model, from its factory's sources, its types and its constraints."""

from __future__ import annotations

import re
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, overload

from belljar.data.errors import CannotMeet
from belljar.data.factory.counting import check_count
from belljar.data.factory.narrowing import bind
from belljar.data.factory.paths import check_given
from belljar.data.factory.plan import Plan, plan_of
from belljar.data.factory.refusing import cannot_build, cannot_keep, names_in
from belljar.data.factory.relating import bear, refer, refer_all
from belljar.data.factory.repeating import repeated
from belljar.data.factory.row import Row
from belljar.data.factory.state import current, making, state_of
from belljar.data.factory.viewing import Owner
from belljar.data.shape.judge import Misfit
from belljar.data.sources.endless import endless

if TYPE_CHECKING:
    from belljar.data.draw import Draw
    from belljar.data.factory.factory import Factory

__all__ = ["make", "make_many", "make_nested", "make_one", "make_row"]

T = TypeVar("T")
_TRIES = 400
# How often a row is drawn again because of what is derived from it.
_MISFITS = 20
_FEW = 3
# How many forms a value is tried in.
_FORMS = 32
_REPEATED = re.compile(
    r"(?P<of>\w+?)_?(?:confirm|confirmation|repeat|repeated|again|verify|2)"
    r"|(?:confirm|confirmed|repeat|repeated|verify)_?(?P<what>\w+)"
)


@overload
def make(draw: Draw, model: type[Factory[T]], /, **values: Any) -> T: ...
@overload
def make(draw: Draw, model: type[T], /, **values: Any) -> T: ...
def make(draw: Draw, model: Any, /, **values: Any) -> Any:
    """Return an object of a model or of a factory's model, with `values` for some of its fields.

    It depends on the draw, the model and how many of the model were made before. Raises CannotMeet,
    which names model, field and constraint, if there is none.
    """
    with making(draw):
        return make_next(draw, plan_of(model), values)


@overload
def make_many(draw: Draw, model: type[Factory[T]], count: int, /, **values: Any) -> list[T]: ...
@overload
def make_many(draw: Draw, model: type[T], count: int, /, **values: Any) -> list[T]: ...
def make_many(draw: Draw, model: Any, count: int, /, **values: Any) -> list[Any]:
    """Return `count` objects, each as `make` would."""
    check_count(count, "make_many")
    with making(draw):
        plan = plan_of(model)
        return [make_next(draw, plan, values) for _ in range(count)]


def make_next(draw: Draw, plan: Plan, values: dict[str, Any]) -> Any:
    """Return the next object of a plan, for who is `making` already."""
    name = getattr(plan.shape.model, "__qualname__", plan.shape.name)
    number = state_of(draw).count(plan.shape.model)
    return make_row(plan, draw.child(f"{name}/{number}"), values)


def make_nested(draw: Draw, model: Any, /, **values: Any) -> Any:
    """Return an object that is part of another one, drawn from the same draw."""
    plan = plan_of(model)
    if current.state is None:
        with making(draw):
            return make_row(plan, draw, values)
    return make_row(plan, draw, values)


def make_one(draw: Draw, model: Any, values: dict[str, Any], *, asked: bool) -> Any:
    """Return an object that somebody has asked for by name: a model that is being made is no circle yet."""
    plan = plan_of(model)
    with nullcontext() if current.state is not None else making(draw):
        return make_row(plan, draw, values, ends=asked or plan not in current.plans)


def make_row(
    plan: Plan,
    draw: Draw,
    values: dict[str, Any],
    asker: Row | None = None,
    owner: Owner | None = None,
    *,
    ends: bool = False,
) -> Any:
    """Return one object, with what it needs; one of a model that is being made only if that `ends`."""
    model = plan.shape.model
    if model in current.models and not plan.relations and not ends:
        raise endless([*current.models[current.models.index(model) :], model])
    before = current.models, current.plans
    current.models, current.plans = (*before[0], model), (*before[1], plan)
    try:
        if plan.plain and not values and owner is None:
            return _plain(plan, draw)
        assert current.state is not None
        return _whole(Row(plan, draw, current.state, values, asker, owner))
    finally:
        current.models, current.plans = before


def _plain(plan: Plan, draw: Draw) -> Any:
    """Make an object that has no constraints but its types'."""
    try:
        made = {step.name: step.source.one(draw) for step in plan.steps}
        return plan.shape.build(made)
    except Exception:  # whatever a model's own code refuses
        # Again, with all the care that it needs: what is wrong then is told with model and field.
        assert current.state is not None
        return _whole(Row(plan, draw, current.state, {}))


def _whole(row: Row) -> Any:
    row.children.bear = partial(bear, row)
    check_given(row)
    refer_all(row)
    row.fill()
    redrawable = _redrawable(row)
    refused: Exception | None = None
    tried: list[Any] = []
    for attempt in range(1, _TRIES + 1):
        bind(row)
        try:
            row.derive()
        except Misfit as error:
            # What it is derived from may be another one.
            if error.row is not row or attempt > _MISFITS or not _redraw(row, redrawable, 1, set()):
                raise
            continue
        check = row.broken()
        if check is not None:
            columns = row.plan.shape.by_column
            names = {columns[name].name for name in check.columns if name in columns}
            if not _redraw(row, names & redrawable, attempt, names):
                break
            continue
        group = repeated(row)
        if group is not None:
            if not _redraw(row, set(group) & redrawable, attempt, set()):
                break
            continue
        try:
            return _built(row)
        except (CannotMeet, MemoryError, RecursionError):
            raise
        except Exception as error:
            # Validators raise whatever they like.
            refused = error
            names = names_in(error, row) & redrawable
            tried.append({name: row.values.get(name) for name in sorted(names)[:3]})
            sure = names < set(row.plan.by_name) & redrawable
            if sure:
                row.settled |= names
            chosen = names if sure else _some(row, names)
            if not _redraw(row, chosen, attempt, set(), sure=sure):
                raise
    return _given_up(row, refused, tried)


def _given_up(row: Row, refused: Exception | None, tried: list[Any]) -> Any:
    if refused is not None:
        raise cannot_build(row, refused, tried) from refused
    if row.given and not _redrawable(row) & _spoken_of(row):
        # The caller's own values break it: that is the database's to say.
        return _built(row)
    raise cannot_keep(row)


def _spoken_of(row: Row) -> set[str]:
    check, columns = row.broken(), row.plan.shape.by_column
    if check is not None:
        return {columns[name].name for name in check.columns if name in columns}
    return {name for group in row.plan.groups for name in group}


def _redrawable(row: Row) -> set[str]:
    optional = {n for r in row.plan.to_one if not r.required for n in r.local}
    return (set(row.plan.by_name) | optional) - set(row.given) - set(row.sources)


def form_tried(draw: Draw, attempt: int) -> int:
    """Return the form in which a value is tried, where nobody says which of several is the bad one."""
    if draw.random.random() < 0.3:
        return 1
    return draw.random.randrange(1, _FORMS + attempt // 8)


def _some(row: Row, names: set[str]) -> set[str]:
    """Return which fields to draw again: where all may be meant, the others keep what was good in them."""
    if len(names) <= _FEW:
        return names
    repeated = {name for name in names if _original(row, name) is not None}
    if any(row.values.get(name) != row.values[str(_original(row, name))] for name in repeated):
        return repeated
    # Those whose own validator is satisfied by now are not the ones.
    likely = sorted(names - row.settled - repeated) or sorted(names)
    return set(row.draw.random.sample(likely, min(len(likely), max(2, len(likely) // 3))))


def _original(row: Row, name: str) -> str | None:
    """Return the field that a field repeats: a password, for its confirmation."""
    match = _REPEATED.fullmatch(name)
    other = (match["of"] or match["what"]) if match else None
    return other if other in row.values else None


def _redraw(
    row: Row, names: set[str], attempt: int, spoken: set[str], *, sure: bool = True
) -> bool:
    """Draw some fields again; False if there are none. Unless `sure`, some of them may be good already."""
    for relation in row.plan.to_one:
        if relation.required or not set(relation.local) & spoken or relation in row.refers:
            continue
        (row.wanted.add if row.draw.random.random() < 0.5 else row.wanted.discard)(relation)
    several = not sure and len(names) > 1
    for step in row.plan.steps:
        if step.name in names:
            if several and _original(row, step.name) is None and row.draw.random.random() < 0.5:
                # It may be good already.
                continue
            form = form_tried(row.draw, attempt) if several else attempt
            row.values[step.name] = row.drawn(step, form)
            original = _original(row, step.name)
            if original is not None and (not sure or attempt % 2):
                row.values[step.name] = row.values[original]
    return bool(names)


def _built(row: Row) -> Any:
    for relation in sorted(row.wanted, key=lambda one: one.local):
        refer(row, relation)
    made = row.plan.shape.build(row.ready())
    if current.made is not None and row.plan.shape.kind in ("sqlalchemy", "table"):
        current.made.append(made)
    row.children.add_to(made)
    return made
