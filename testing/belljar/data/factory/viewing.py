"""`View`: a row as the function of a derived field sees it, and `parent_of`, for parents without a relationship()."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet, nearest

if TYPE_CHECKING:
    from belljar.data.factory.row import Row

__all__ = ["Owner", "ParentView", "View", "no_field", "parent_of", "row_of"]


class View:
    """A row that is not an object yet: its fields, derived ones too, and what it is related to."""

    __slots__ = ("__weakref__", "_row")

    def __init__(self, row: Row) -> None:
        self._row = row

    def __getattr__(self, name: str) -> Any:
        return self._row.get(name)

    def __getitem__(self, name: str) -> Any:
        return self._row.get(name)


class ParentView(View):
    """A row as its children see it that are made before it; it notes what they looked at."""

    __slots__ = ("_seen",)

    def __init__(self, row: Row) -> None:
        super().__init__(row)
        self._seen: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        value = self._seen[name] = self._row.get(name)
        return value

    __getitem__ = __getattr__


@dataclass(frozen=True, slots=True)
class Owner:
    """The parent that a child is made for, where it is not simply given.

    `fields` are the child's that refer to it; `back` is the child's relation to it, or None. `parent` is the object, or
    a view of the row that it will be made of.
    """

    fields: tuple[str, ...]
    back: str | None
    parent: Any


def row_of(view: Any) -> Row | None:
    """Return the row that something is a view of; None if it is none."""
    return view._row if isinstance(view, View) else None


def parent_of(row: Any, field: str, /) -> Any:
    """Return the object that a foreign key of the row refers to, also where there is no relationship().

    `derived(lambda row: parent_of(row, "order_id").currency)`; None where the key refers to nothing. Raises CannotMeet
    if `field` is no foreign key, or if only the key is known and not the object.
    """
    found = row_of(row)
    if found is None:
        raise CannotMeet(
            f"{type(row).__name__} is no row whose parents are known",
            place=f"parent_of(row, {field!r})",
            choices=(
                "the argument of a function in derived(...), for make, create and strategies",
            ),
            fix="for rows made in bulk derive it from the row's own columns",
        )
    return _parent(found, field)


def _parent(row: Row, field: str) -> Any:
    if row.owner is not None and field in (*row.owner.fields, row.owner.back):
        return row.owner.parent
    relations = [one for one in row.plan.to_one if field in (*one.local, one.name)]
    if not relations:
        keys = sorted({name for one in row.plan.to_one for name in one.local})
        raise CannotMeet(
            f"{field!r} is no foreign key of {row.plan.shape.title}",
            place="parent_of",
            choices=keys,
            fix=f'parent_of(row, "{keys[0]}")' if keys else "give the field another source",
        )
    for relation in relations:
        if relation.name is not None and relation.name in row.derived():
            row.get(relation.name)
        if row.refers.get(relation) is not None:
            return row.refers[relation]
    value = row.values.get(field)
    if value is not None:
        raise CannotMeet(
            f"{field} is {value!r}, and the object that it refers to is not known",
            place=f"{row.plan.shape.title}.{field}",
            fix=f"give what is derived from it, too, or leave out {field}",
        )
    return None


def no_field(row: Row, name: str) -> CannotMeet:
    """Return the error for a name that a row doesn't have."""
    names = row.plan.shape.names
    keys = [n for one in row.plan.to_one if one.name is None for n in one.local]
    key = next((one for one in keys if one.startswith(f"{name}_")), None)
    near = nearest(name, names)
    fix = f"write {near[0]!r}" if near else "take one of these"
    if key is not None:
        fix = f'{key} has no relationship(): write parent_of(row, "{key}")'
    return CannotMeet(
        f"{row.plan.shape.title} has no field {name!r}",
        place="derived",
        choices=near or names,
        fix=fix,
    )
