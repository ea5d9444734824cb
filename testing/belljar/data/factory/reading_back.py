"""`read_back`: what the server made of stored objects: keys, defaults, computed columns, what triggers changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["read_back"]

_CHUNK = 500


def read_back(session: Session, objects: list[Any]) -> None:
    """Set the columns' attributes of objects to what is stored, in one query per class and 500 of them.

    Relations stay as they are, so that they are there when the session is closed.
    """
    by_class: dict[type, list[Any]] = {}
    for one in objects:
        by_class.setdefault(type(one), []).append(one)
    for model, ours in by_class.items():
        for start in range(0, len(ours), _CHUNK):
            _read(session, model, ours[start : start + _CHUNK])


def _read(session: Session, model: type, objects: list[Any]) -> None:
    from sqlalchemy import Column, inspect, select, tuple_
    from sqlalchemy.orm.attributes import set_committed_value

    mapper: Any = inspect(model)
    names = [
        prop.key
        for prop in mapper.column_attrs
        if isinstance(prop.columns[0], Column) or not prop.deferred
    ]
    keys = [getattr(model, mapper.get_property_by_column(c).key) for c in mapper.primary_key]
    # Deferred ones as well: it was the caller who made them.
    wanted = {inspect(one).identity: one for one in objects}
    which = (
        keys[0].in_([i[0] for i in wanted]) if len(keys) == 1 else tuple_(*keys).in_(list(wanted))
    )
    with session.no_autoflush:
        rows = session.execute(
            select(*keys, *(getattr(model, name) for name in names)).where(which)
        )
    for row in rows:
        one = wanted.get(tuple(row[: len(keys)]))
        if one is None:
            continue
        for name, value in zip(names, row[len(keys) :], strict=True):
            set_committed_value(one, name, value)
