"""What a row refers to: parents are made, or taken from what is given; children are made for a parent."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from belljar.data.errors import CannotMeet
from belljar.data.factory.children import child_values, too_many, wanted_children
from belljar.data.factory.plan import plan_of
from belljar.data.factory.row import Row
from belljar.data.factory.state import current
from belljar.data.factory.viewing import row_of
from belljar.data.shape.shape import MISSING, Relation
from belljar.data.sources.failing import FunctionFailed, placed
from belljar.data.sources.given import Derived, Many, One
from belljar.data.sources.source import Source

__all__ = ["bear", "check_end", "from_source", "refer", "refer_all", "take_keys"]


def refer_all(row: Row) -> None:
    """Fill the references that a row needs, or that its factory speaks of."""
    # Simple ones first: a composite one may have its columns in common with them.
    for relation in sorted(row.plan.to_one, key=lambda one: len(one.pairs)):
        name = relation.name or ""
        source = row.source(name)
        if relation in row.refers:
            continue
        if row.decides(relation):
            # A derived one comes when the row is there.
            if source is not None and not isinstance(source, Derived):
                _set(row, relation, from_source(row, name, source))
        elif relation.required or isinstance(source, One) or name in row.below:
            refer(row, relation)


def from_source(row: Row, name: str, source: Source) -> Any:
    """Return what a source gives for a relation of the row."""
    try:
        return source.one(row.draw)
    except FunctionFailed as error:
        raise placed(error, f"{row.plan.shape.title}.{name}") from error.__cause__


def refer(row: Row, relation: Relation) -> Any:
    """Return the object that a relation of the row leads to; it is given, shared or made."""
    if relation in row.refers:
        return row.refers[relation]
    if relation.name is not None and relation.name in row.given:
        _set(row, relation, row.given[relation.name])
        return row.refers[relation]
    if all(name in row.given for name in relation.local) or relation in row.open:
        return None
    row.open.add(relation)
    try:
        if relation.required and _leads_back(row, relation):
            _refer_to_itself(row, relation)
            return None
        other = _shared(row, relation)
        if other is None:
            other = _made(row, relation)
    finally:
        row.open.discard(relation)
    _set(row, relation, other)
    return other


def _set(row: Row, relation: Relation, other: Any) -> None:
    row.refers[relation] = other
    if relation.name is not None:
        row.values[relation.name] = other
    elif other is not None:
        take_keys(row, relation, other)


def take_keys(row: Row, relation: Relation, other: Any) -> None:
    """Copy the key of a parent to whom there is no relationship()."""
    if current.store is not None:
        # SQLAlchemy orders by relationships alone: it would store this row first.
        current.store(other)
    for here, there in relation.pairs:
        if _get(other, there) is None:
            # It will not be stored: any key does.
            _put(other, there, row.draw.unique.integer(1, 2**31 - 1))
        if here not in row.given:
            row.values[here] = _get(other, there)


def _get(other: Any, name: str) -> Any:
    return other.get(name) if isinstance(other, dict) else getattr(other, name)


def _put(other: Any, name: str, value: Any) -> None:
    if isinstance(other, dict):
        other[name] = value
    else:
        setattr(other, name, value)


def _leads_back(row: Row, relation: Relation) -> bool:
    source = row.source(relation.name)
    model = row.plan.shape.model
    if isinstance(source, One):
        return False
    return relation.model is model or (
        inspect.isclass(model)
        and inspect.isclass(relation.model)
        and issubclass(model, relation.model)
    )


def _refer_to_itself(row: Row, relation: Relation) -> None:
    # The first of a tree whose every node must have a parent.
    for here, there in relation.pairs:
        if row.values.get(there) is None:
            row.values[there] = row.draw.unique.integer(1, 2**31 - 1)
        row.values[here] = row.values[there]


def _shared(row: Row, relation: Relation) -> Any:
    """Return what is at hand already: of what this row has, or the one that it is made for."""
    if relation.name in row.below or isinstance(row.source(relation.name), One):
        return None
    if len([one for one in row.plan.to_one if one.model is relation.model]) == 1:
        near = {}
        for other in list(row.refers.values()):
            found = _loaded(other, relation.model)
            near.update({id(one): one for one in found})
        if len(near) == 1:
            return next(iter(near.values()))
    asker = row.asker
    while asker is not None:
        same = [one for one in asker.plan.to_one if one.model is relation.model]
        if len(same) == 1 and same[0] not in asker.open and same[0].required:
            return refer(asker, same[0])
        asker = asker.asker
    return None


def _loaded(other: Any, model: Any) -> list[Any]:
    if other is None or isinstance(other, dict):
        return []
    row = row_of(other)
    if row is not None:
        return [one for r, one in row.refers.items() if r.model is model and one is not None]
    relations = plan_of(type(other)).to_one if hasattr(type(other), "__mapper__") else []
    names = [one.name for one in relations if one.name and one.model is model]
    return [vars(other)[name] for name in names if vars(other).get(name) is not None]


def _made(row: Row, relation: Relation) -> Any:
    from belljar.data.factory.making import make_row

    source = row.source(relation.name)
    if isinstance(source, Many):
        raise too_many(row, relation)
    model = source.model if isinstance(source, One) else relation.model
    values = dict(source.values) if isinstance(source, One) else {}
    values.update(row.below.get(relation.name or "", {}))
    for here, there in relation.pairs:
        if row.values.get(here) is not None:
            values.setdefault(there, row.values[here])
    chain, asker = [row.plan.shape.model], row.asker
    while asker is not None:
        chain.insert(0, asker.plan.shape.model)
        asker = asker.asker
    check_end(chain, row, relation, plan_of(model).shape.model)
    name = relation.name or "/".join(relation.local)
    return make_row(plan_of(model), row.draw.child(name), values, asker=row)


def check_end(above: Sequence[Any], row: Row, relation: Relation, model: Any) -> None:
    """Raise CannotMeet if a relation's model is needed by objects of itself; `above` are those, outermost first."""
    if list(above).count(model) > 1:
        names = " needs ".join(getattr(one, "__name__", str(one)) for one in (*above, model))
        raise CannotMeet(
            f"{names}, without an end",
            place=f"{row.plan.shape.title}.{relation.name or '/'.join(relation.local)}",
            fix="give one of them, or make one of the foreign keys nullable",
        )


def bear(row: Row, relation: Relation, parent: Any) -> Any:
    """Return the children that the factory, or the caller, wants of a relation; MISSING if there are none."""
    source = wanted_children(row, relation, row.models[:-1])
    if source is None:
        return MISSING
    if not isinstance(source, One):
        return from_source(row, str(relation.name), source)
    count = source.count(row.draw) if isinstance(source, Many) else 1
    before, current.models = current.models, row.models
    try:
        children = [_child(row, relation, parent, source, number) for number in range(count)]
    finally:
        current.models = before
    return children if relation.collection else next(iter(children), None)


def _child(row: Row, relation: Relation, parent: Any, source: One, number: int) -> Any:
    from belljar.data.factory.making import make_row

    plan = plan_of(source.model)
    values, owner = child_values(relation, source, plan.shape.relation_by_name, parent)
    draw = row.draw.child(f"{relation.name}/{number}")
    return make_row(plan, draw, values, owner=owner)
