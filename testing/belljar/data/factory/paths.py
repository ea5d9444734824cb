"""`check_given`: nothing that a caller gives is left out in silence; `reached`: a value that a path leads into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.shape.shape import Relation
from belljar.data.sources.choices import Nullable
from belljar.data.sources.given import Derived, Many, One
from belljar.data.sources.nested import Nested
from belljar.data.sources.source import Source
from belljar.data.sources.typed import source_of

if TYPE_CHECKING:
    from belljar.data.factory.row import Row

__all__ = ["check_given", "reached"]


def check_given(row: Row) -> None:
    """Raise CannotMeet if one thing that is given leaves no room for another."""
    for head, values in row.below.items():
        path = f"{head}__{next(iter(values))}"
        if row.owner is not None and head == row.owner.back:
            parent = row.plan.shape.relation_by_name[head].model
            title = getattr(parent, "__name__", str(parent))
            raise _bad(
                row,
                head,
                f"{title} is made first, and {path} would be ignored",
                f"give it to {title}",
            )
        if head in row.given:
            what = "None" if row.given[head] is None else "an object"
            raise _bad(
                row,
                head,
                f"it is given as {what}, and {path}, too, which would be ignored",
                f"leave out {head}={'None' if row.given[head] is None else '...'}, or {path}=...",
            )
        if isinstance(row.source(head), Derived):
            raise _bad(
                row, head, f"it is derived, and {path} would be ignored", f"give {head} itself"
            )
        said = row.sources.get(head)
        if said is not None and not isinstance(said, Nested):
            raise _bad(
                row,
                head,
                f"it is given a source, and {path}, too, which would be ignored",
                f"{head}=one(..., {next(iter(values))}=...)",
            )
        relation = row.plan.shape.relation_by_name.get(head)
        if relation is not None:
            _check_relation(row, relation, path)
    for relation in row.plan.to_one:
        _check_keys(row, relation)


def _check_relation(row: Row, relation: Relation, path: str) -> None:
    name = str(relation.name)
    if relation.viewonly:
        raise _bad(
            row,
            name,
            f"it is viewonly: nothing is made there, and {path} would be ignored",
            "give it to the relationship() that is written",
        )
    if relation in row.plan.to_one and all(one in row.given for one in relation.local):
        keys = ", ".join(relation.local)
        raise _bad(
            row,
            name,
            f"{keys} is given, so no object is made, and {path} would be ignored",
            f"leave out {keys}, or {path}",
        )


def _check_keys(row: Row, relation: Relation) -> None:
    other = row.given.get(relation.name or "")
    if other is None or isinstance(other, dict):
        return
    for here, there in relation.pairs:
        key, own = row.given.get(here), getattr(other, "__dict__", {}).get(there)
        if key is not None and own is not None and not _fits(key, own):
            raise _bad(
                row,
                here,
                f"{key!r} is given, and {relation.name} with {there} = {own!r}",
                f"leave out {here}",
            )


def _fits(key: Any, own: Any) -> bool:
    # 5 and "5" may be the same key to a database, or to a type of the team's.
    return bool(key == own) or type(key) is not type(own)


def reached(row: Row, name: str, source: Source | None = None) -> Nested:
    """Return the source of a field that has fields of its own, with those that are given by their path."""
    below = row.below[name]
    if row.source(name) is None:
        # A default gives an object that is made already.
        source = source_of(row.plan.shape.by_name[name])
    found = row.sources.get(name, source)
    if isinstance(found, Nullable):
        found = found.source
    if isinstance(found, Many) and found.high > 0:
        return Many(
            found.model, (max(1, found.low), found.high), {**found.values, **below}, found.kind
        )
    if not isinstance(found, Nested) or isinstance(found, Many):
        item, first = getattr(found, "item", None), next(iter(below))
        fix = f"give {name} itself"
        if isinstance(item, Nested):
            fix = f"{name}=many({getattr(item.model, '__name__', item.model)}, 2, {first}=...)"
        paths = ", ".join(f"{name}__{one}" for one in below)
        raise _bad(row, name, f"it has no fields of its own: {paths}", fix)
    said = found.values if isinstance(found, One) else {}
    return One(found.model, {**said, **below}, asked=True)


def _bad(row: Row, name: str, summary: str, fix: str) -> CannotMeet:
    return CannotMeet(summary, place=f"{row.plan.shape.title}.{name}", fix=fix)
