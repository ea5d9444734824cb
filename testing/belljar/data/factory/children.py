"""`Children`: the objects on the other side of a row's relations, one-to-many, one-to-one and many-to-many.

They are made after the row's own object, which they are given. A derived field that asks for them has them before:
then they see a view of the row, and get their parent when it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.factory.state import current
from belljar.data.factory.viewing import Owner, ParentView
from belljar.data.shape.shape import MISSING, Relation
from belljar.data.sources.given import Many, One
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from belljar.data.factory.row import Row

__all__ = ["Bear", "Children", "child_values", "wanted_children"]

# Makes the children of a relation for a parent, an object or a view; MISSING if nobody wants any.
Bear = Callable[[Relation, Any], Any]


@dataclass(slots=True)
class _Early:
    value: Any
    view: ParentView
    made: list[Any]

    def fits(self, row: Row) -> bool:
        """Whether all that the children have looked at is as it was."""
        seen = dict(self.view._seen)
        return all(_same(row.get(name), value) for name, value in seen.items())


class Children:
    """The children of one row."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._early: dict[str, _Early] = {}
        self.bear: Bear | None = None

    def early(self, relation: Relation) -> Any:
        """Return the children of a row that is no object yet."""
        name = str(relation.name)
        known = self._early.get(name)
        if known is None or not known.fits(self._row):
            known = self._early[name] = self._born(relation, known)
        if known.value is MISSING:
            return [] if relation.collection else None
        return list(known.value) if isinstance(known.value, list) else known.value

    def _born(self, relation: Relation, before: _Early | None) -> _Early:
        made = current.made if current.made is not None else []
        if before is not None:
            # Nobody has them any more: they shall not be stored.
            gone = {id(one) for one in before.made}
            made[:] = [one for one in made if id(one) not in gone]
        start = len(made)
        view = ParentView(self._row)
        assert self.bear is not None
        with self._row.asking(str(relation.name)):
            value = self.bear(relation, view)
        return _Early(value, view, made[start:])

    def add_to(self, made: Any) -> None:
        """Give the row's object its children; those that are not there yet are made."""
        row = self._row
        for early in self._early.values():
            # What is unique with the view as a part of it is so with the object.
            row.state.same[id(made)] = row.state.same.get(id(early.view), id(early.view))
            row.state.kept += [made, early.view]
        for relation in row.plan.to_many:
            name = relation.name
            if name is None or name in row.values:
                continue
            early_one = self._early.get(name)
            assert self.bear is not None
            value = early_one.value if early_one is not None else self.bear(relation, made)
            if value is not MISSING:
                _hand_over(made, name, value, relation, isinstance(row.source(name), One))


def _hand_over(made: Any, name: str, value: Any, relation: Relation, one_by_one: bool) -> None:
    if not (relation.collection and one_by_one):
        setattr(made, name, value)
        return
    collected = getattr(made, name)
    if isinstance(collected, Mapping):
        from sqlalchemy.orm.collections import collection_adapter

        # By a key of theirs, which the collection knows.
        for child in (one for one in value if one not in collected.values()):
            collection_adapter(collected).append_with_event(child)
        return
    for child in value:
        if child not in collected:
            (collected.add if hasattr(collected, "add") else collected.append)(child)


def wanted_children(row: Row, relation: Relation, above: tuple[Any, ...]) -> Source | None:
    """Return the source of a row's children, with the values that are given by their path; None for no children.

    `above` are the models whose objects this one is made for. Raises CannotMeet for a path that leads nowhere.
    """
    from belljar.data.factory.plan import plan_of

    name = str(relation.name)
    source, below = row.source(name), row.below.get(name, {})
    if below:
        source = _with_path(row, relation, source, below)
    if not isinstance(source, One):
        return source
    if isinstance(source, Many) and source.high > 1 and not relation.collection:
        raise too_many(row, relation)
    if plan_of(source.model).shape.model in above:
        # It is one of them that this object is made for: they would have no end.
        if below:
            raise CannotMeet(
                f"{_paths(name, below)}: {row.plan.shape.title} is made for one of its {name}",
                place=f"{row.plan.shape.title}.{name}",
                fix=f"make {row.plan.shape.title} itself, with its {name}",
            )
        return None
    return source


def _with_path(row: Row, relation: Relation, source: Source | None, below: dict[str, Any]) -> One:
    name, title = str(relation.name), row.plan.shape.title
    model = getattr(relation.model, "__name__", str(relation.model))
    said = ", ".join(f"{one}=..." for one in below)
    if isinstance(source, Many) and source.high > 0:
        values = {**source.values, **below}
        # None at all would be one of them that is ignored.
        return Many(source.model, (max(1, source.low), source.high), values)
    if isinstance(source, One) and not isinstance(source, Many):
        return One(source.model, {**source.values, **below})
    if source is None and not relation.collection:
        return One(relation.model, dict(below))
    raise CannotMeet(
        f"{_paths(name, below)} reaches nothing: "
        + ("it is not known how many there are" if source is None else "they come from a source"),
        place=f"{title}.{name}",
        fix=f"{name}=many({model}, 2, {said})"
        if relation.collection
        else f"{name}=one({model}, {said})",
    )


def too_many(row: Row, relation: Relation) -> CannotMeet:
    """Return the error for `many` where there is one object."""
    model = getattr(relation.model, "__name__", str(relation.model))
    return CannotMeet(
        "it is one object, and many(...) gives a list",
        place=f"{row.plan.shape.title}.{relation.name}",
        fix=f"{relation.name} = one({model})",
    )


def _paths(name: str, below: dict[str, Any]) -> str:
    return ", ".join(f"{name}__{one}" for one in below)


def child_values(
    relation: Relation, source: One, known: Any, parent: Any
) -> tuple[dict[str, Any], Owner | None]:
    """Return what a child is given; `known` are the child's relations by name."""
    values = dict(source.values)
    if relation.secondary:
        return values, None
    fields = tuple(there for _, there in relation.pairs)
    back = relation.back if relation.back in known else None
    for name in fields if back is None else (*fields, back):
        if values.get(name) is not None:
            raise CannotMeet(
                f"it is given as {values[name]!r}, and {relation.name} says what it belongs to",
                place=f"{getattr(relation.model, '__name__', relation.model)}.{name}",
                fix=f"leave out {name}",
            )
    if back is None:
        # SQLAlchemy fills these when it stores the parent.
        values.update(dict.fromkeys(fields))
        return values, Owner(fields, None, parent)
    if isinstance(parent, ParentView):
        return values, None if back in values else Owner(fields, back, parent)
    values.setdefault(back, parent)
    return values, Owner(fields, back, parent) if values[back] is parent else None


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    with suppress(Exception):
        return bool(one == other)
    return False
