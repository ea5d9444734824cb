"""`MappedRows`: SQLAlchemy's objects, with all that hangs on them, as rows of their tables.

Keys that the server would give are numbered on from the largest that is there, so that rows can refer
to each other before any of them is written; the sequences are set past them afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import JSON, Column, Table, TypeDecorator, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import MANYTOMANY, MANYTOONE

from belljar.data.scenarios.ground import Ground

__all__ = ["MappedRows", "bound"]

Values = dict[str, object]


class MappedRows:
    """Collects objects; `rows()` are those of each table, with the place of the object that brought them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        kind: Any = sqlite.dialect if ground.sqlite else postgresql.dialect
        self._dialect: Any = kind()
        self._seen: dict[int, Any] = {}
        self._order: list[tuple[Any, int]] = []
        self._tops: dict[Column[Any], int] = {}
        self._links: list[tuple[Any, Any, Any, int]] = []

    def add(self, made: Any, at: int) -> None:
        """Take an object, what it belongs to, and what belongs to it."""
        waiting = [made]
        while waiting:
            one = waiting.pop()
            if id(one) in self._seen:
                continue
            self._seen[id(one)] = one
            self._order.append((one, at))
            for relation in inspect(one).mapper.relationships:
                if relation.viewonly:
                    continue
                others = list(_others(one, relation))
                waiting += reversed(others)
                if relation.direction is MANYTOMANY:
                    self._links += [(one, relation, other, at) for other in others]

    def rows(self) -> dict[str, list[tuple[Values, int]]]:
        """Return the rows by table."""
        for one, _ in self._order:
            self._number(one)
        for one, _ in self._order:
            for relation in inspect(one).mapper.relationships:
                if not relation.viewonly and relation.direction is not MANYTOMANY:
                    self._refer(one, relation)
        found: dict[str, list[tuple[Values, int]]] = {}
        for one, at in self._order:
            for table in inspect(one).mapper.tables:
                found.setdefault(_name(table), []).append((self._values(one, table), at))
        linked = set()
        for one, relation, other, at in self._links:
            values = {c.name: _get(one, p) for p, c in relation.synchronize_pairs}
            values |= {c.name: _get(other, p) for p, c in relation.secondary_synchronize_pairs}
            table = _name(relation.secondary)
            if (key := (table, *sorted(values.items(), key=str))) not in linked:
                linked.add(key)  # both sides of a relation name the same link
                found.setdefault(table, []).append((values, at))
        return found

    def _number(self, one: Any) -> None:
        """Give an object its key, if the server would."""
        mapper = inspect(one).mapper
        for table in mapper.tables:
            column = table.autoincrement_column
            if column is None or _get(one, column) is not None or column.foreign_keys:
                continue
            if column not in self._tops:
                used = [
                    value
                    for other, _ in self._order
                    if table in inspect(other).mapper.tables
                    and isinstance(value := _get(other, column), int)
                ]
                top = self._ground.top(table.schema, table.name, column.name)
                self._tops[column] = max([top, *used])
            self._tops[column] += 1
            _set(one, column, self._tops[column])

    def _refer(self, one: Any, relation: Any) -> None:
        """Copy the keys that a relationship says are the same."""
        for other in _others(one, relation):
            parent, child = (other, one) if relation.direction is MANYTOONE else (one, other)
            for first, second in relation.synchronize_pairs:
                key = _get(parent, first)
                if key is not None:
                    _set(child, second, key)

    def _values(self, one: Any, table: Table) -> Values:
        values: Values = {}
        for column in table.columns:
            if column.computed is not None:
                continue
            value = _get(one, column)
            if value is None and column.default is not None:
                value = _default(column.default)
            if value is None:
                continue  # as SQLAlchemy does: NULL, or what the server says
            values[column.name] = bound(column.type, value, self._dialect)
        return values


def bound(type_: Any, value: Any, dialect: Any) -> object:
    """Return a value as its SQLAlchemy type hands it to the driver; JSON as what it is made of."""
    if isinstance(type_, TypeDecorator):
        with suppress(NotImplementedError):  # it has nothing to say on the way in
            value = type_.process_bind_param(value, dialect)
        return None if value is None else bound(type_.impl_instance, value, dialect)
    if isinstance(type_, JSON):
        return value
    process = type_.dialect_impl(dialect).bind_processor(dialect)
    return process(value) if process else value


def _others(one: Any, relation: Any) -> Iterator[Any]:
    """What is there at the other side; nothing is loaded for it."""
    value = inspect(one).dict.get(relation.key)
    if value is None:
        return
    if not relation.uselist:
        yield value
    else:
        yield from value.values() if isinstance(value, dict) else value


def _attribute(one: Any, column: Column[Any]) -> str | None:
    mapper = inspect(one).mapper
    try:
        return str(mapper.get_property_by_column(column).key)
    except Exception:  # the column is of no attribute: a foreign key to a parent's table
        return None


def _get(one: Any, column: Column[Any]) -> Any:
    name = _attribute(one, column)
    return inspect(one).dict.get(name) if name else None


def _set(one: Any, column: Column[Any], value: object) -> None:
    name = _attribute(one, column)
    if name:
        setattr(one, name, value)


def _default(default: Any) -> object:
    if default.is_scalar:
        value: object = default.arg
        return value
    return default.arg(None) if default.is_callable else None


def _name(table: Any) -> str:
    return f"{table.schema}.{table.name}" if table.schema else str(table.name)
