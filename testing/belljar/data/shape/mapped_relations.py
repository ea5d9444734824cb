"""The references of a mapped class to others: its relationship()s, and foreign keys that have none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from belljar.data.shape.shape import Relation

__all__ = ["class_of_table", "concrete", "relations_of"]


def relations_of(mapper: Any, by_column: Mapping[Any, str]) -> Iterator[Relation]:
    """Yield a mapper's references, each once."""
    covered: set[frozenset[str]] = set()
    for prop in mapper.relationships:
        relation = _relationship(prop, by_column)
        if relation is None:
            continue
        if not relation.many and not relation.secondary and not relation.viewonly:
            covered.add(frozenset(relation.local))
        yield relation
    for table in mapper.tables:
        for constraint in sorted(
            table.foreign_key_constraints, key=lambda one: [e.parent.name for e in one.elements]
        ):
            pairs = [(element.parent, element.column) for element in constraint.elements]
            if any(here not in by_column for here, _ in pairs) or _inherits(pairs, by_column):
                continue
            if frozenset(by_column[here] for here, _ in pairs) not in covered:
                yield _foreign_key(constraint, pairs, by_column)


def _inherits(pairs: list[tuple[Any, Any]], by_column: Mapping[Any, str]) -> bool:
    return all(
        by_column[here] == by_column.get(there) and here is not there for here, there in pairs
    )


def _relationship(prop: Any, by_column: Mapping[Any, str]) -> Relation | None:
    target = prop.mapper
    direction = prop.direction.name
    reverse = sorted(one.key for one in prop._reverse_property)
    pairs = []
    if direction != "MANYTOMANY":
        for here, there in prop.local_remote_pairs:
            if here not in by_column or not _has(target, there):
                return None
            pairs.append((by_column[here], target.get_property_by_column(there).key))
    here_columns = [here for here, _ in prop.local_remote_pairs]
    return Relation(
        name=prop.key,
        target=_to_class(target),
        pairs=tuple(pairs),
        required=direction == "MANYTOONE" and all(not one.nullable for one in here_columns),
        many=direction == "ONETOMANY",
        back=prop.back_populates or (reverse[0] if reverse else None),
        secondary=direction == "MANYTOMANY",
        viewonly=prop.viewonly,
        collection=bool(prop.uselist),
    )


def _has(mapper: Any, column: Any) -> bool:
    from sqlalchemy.orm.exc import UnmappedColumnError

    try:
        mapper.get_property_by_column(column)
    except UnmappedColumnError:
        return False
    return True


def _to_class(mapper: Any) -> Callable[[], Any]:
    return lambda: concrete(mapper)


def concrete(mapper: Any) -> Any:
    """Return the class to make for a mapper: itself, or a subclass where it has no identity of its own."""
    if mapper.polymorphic_on is not None and mapper.polymorphic_identity is None:
        below = [one for one in mapper.self_and_descendants if one.polymorphic_identity is not None]
        if below:
            return min(below, key=lambda one: one.class_.__name__).class_
    return mapper.class_


def _foreign_key(
    constraint: Any, pairs: list[tuple[Any, Any]], by_column: Mapping[Any, str]
) -> Relation:
    from sqlalchemy import inspect as looked_at

    target = class_of_table(constraint.referred_table)
    mapper: Any = looked_at(target, raiseerr=False)
    is_class = isinstance(target, type)

    def name_there(column: Any) -> str:
        return str(mapper.get_property_by_column(column).key if is_class else column.key)

    return Relation(
        name=None,
        target=(lambda: concrete(mapper)) if is_class else (lambda: target),
        pairs=tuple((by_column[here], name_there(there)) for here, there in pairs),
        required=all(not here.nullable for here, _ in pairs),
    )


def class_of_table(table: Any) -> Any:
    """Return the class that a table is mapped to; the table itself if there is none."""
    from sqlalchemy.orm.mapper import _all_registries

    found = [
        mapper
        for registry in _all_registries()
        for mapper in registry.mappers
        if mapper.local_table is table
    ]
    if not found:
        return table
    # The class of the table itself before those that share it.
    return min(
        found, key=lambda one: (len(list(one.iterate_to_root())), one.class_.__name__)
    ).class_
