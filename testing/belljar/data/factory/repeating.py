"""`repeated`: whether a row has in common with another one of its model what no two may have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.data.shape.shape import MISSING

if TYPE_CHECKING:
    from belljar.data.factory.row import Row

__all__ = ["repeated"]


def repeated(row: Row) -> tuple[str, ...] | None:
    """Return a group of fields whose values another object has already; takes them if there is none."""
    taken, model = row.state.taken, row.plan.shape.model
    keys = {}
    for group in row.plan.groups:
        key = tuple(_key(row, name) for name in group)
        if MISSING in key:
            continue
        if key in taken[model, group]:
            return group
        keys[group] = key
    for group, key in keys.items():
        taken[model, group].add(key)
    return None


def _key(row: Row, name: str) -> Any:
    if row.owner is not None and name in row.owner.fields:
        return _of_object(row, row.owner.parent)
    for relation, other in row.refers.items():
        if name in relation.local and other is not None:
            return _of_object(row, other)
    value = row.values.get(name, row.plan.left.get(name, MISSING))
    if value is None or value is MISSING:
        return MISSING
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def _of_object(row: Row, other: Any) -> tuple[str, int]:
    # As long as its id is a key, no other object may get it.
    row.state.kept.append(other)
    return ("object", row.state.same.get(id(other), id(other)))
