"""What an example's row refers to, and its children: drawn as the row itself is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.data.factory.children import child_values, too_many, wanted_children
from belljar.data.factory.drawn_sources import strategy_for
from belljar.data.factory.plan import plan_of
from belljar.data.factory.relating import check_end, take_keys
from belljar.data.shape.shape import MISSING, Relation
from belljar.data.sources.given import Derived, Many, One

if TYPE_CHECKING:
    from belljar.data.factory.drawing_rows import ExampleRow

__all__ = ["bear", "refer"]


def refer(example: ExampleRow, relation: Relation, *, wanted: bool = False) -> Any:
    """Return the object that a relation leads to, if there is to be one: it is given, shared or drawn."""
    row = example.row
    name = relation.name or ""
    if relation in row.refers:
        return row.refers[relation]
    source = row.source(name)
    if name in row.given:
        other = row.given[name]
    elif row.decides(relation):
        if source is None or isinstance(source, Derived):
            return None
        other = example.chosen(name, strategy_for(source))
    elif all(one in row.given for one in relation.local):
        return None
    elif relation.required or isinstance(source, One) or name in row.below or wanted:
        if relation.model is row.plan.shape.model and relation.required:
            for here, there in relation.pairs:
                row.values[here] = row.values[there] = row.draw.unique.integer(1, 2**31 - 1)
            return None
        other = _shared(example, relation) or _other(example, relation, source)
    else:
        return None
    row.refers[relation] = other
    if relation.name is not None:
        row.values[relation.name] = other
    elif other is not None:
        take_keys(row, relation, other)
    return other


def bear(example: ExampleRow, relation: Relation, parent: Any) -> Any:
    """Return the children that somebody wants of a relation; MISSING if there are none."""
    from hypothesis import strategies as st

    from belljar.data.factory.drawing_rows import ExampleRow

    source = wanted_children(example.row, relation, example.models[:-1])
    if source is None:
        return MISSING
    if not isinstance(source, One):
        return example.chosen(str(relation.name), strategy_for(source))
    count = 1
    if isinstance(source, Many):
        count = example.choose(st.integers(source.low, source.high))
    plan, above = plan_of(source.model), example.models
    children = []
    for _ in range(count):
        values, owner = child_values(relation, source, plan.shape.relation_by_name, parent)
        child = ExampleRow(plan, example.choose, example.state, values, above=above, owner=owner)
        children.append(child.made())
    return children if relation.collection else next(iter(children), None)


def _shared(example: ExampleRow, relation: Relation) -> Any:
    asker = example.asker
    while asker is not None:
        same = [one for one in asker.plan.to_one if one.model is relation.model]
        if len(same) == 1 and same[0] in asker.row.refers:
            return asker.row.refers[same[0]]
        asker = asker.asker
    return None


def _other(example: ExampleRow, relation: Relation, source: Any) -> Any:
    from belljar.data.factory.drawing_rows import ExampleRow

    if isinstance(source, Many):
        raise too_many(example.row, relation)
    model = source.model if isinstance(source, One) else relation.model
    values = dict(source.values) if isinstance(source, One) else {}
    values.update(example.row.below.get(relation.name or "", {}))
    check_end(example.models, example.row, relation, plan_of(model).shape.model)
    return ExampleRow(plan_of(model), example.choose, example.state, values, example).made()
