"""Shapes of SQLAlchemy's mapped classes: declarative, as dataclasses, or mapped imperatively."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Column
from sqlalchemy import inspect as looked_at
from sqlalchemy.exc import InvalidRequestError, NoReferenceError, SQLAlchemyError
from sqlalchemy.orm import configure_mappers

from belljar.data.errors import CannotMeet
from belljar.data.shape.annotations import resolved, understood
from belljar.data.shape.limits import NO_LIMITS
from belljar.data.shape.mapped_relations import class_of_table, concrete, relations_of
from belljar.data.shape.reading import shape_of
from belljar.data.shape.shape import MISSING, Field, Shape
from belljar.data.shape.tables import checks_of, field_of, limits_by_checks, unique_groups

__all__ = ["read_mapped", "shape_of_table"]


def read_mapped(model: Any) -> Shape:
    """Return the shape of a mapped class. Raises CannotMeet if its mapping is not complete."""
    try:
        configure_mappers()
    except (InvalidRequestError, NoReferenceError, SQLAlchemyError) as error:
        raise CannotMeet(
            f"SQLAlchemy can't complete the mapping: {error}",
            place=getattr(model, "__name__", str(model)),
            fix="import the modules of the models that it names before",
        ) from None
    mapper: Any = looked_at(model)
    model = concrete(mapper)
    mapper = looked_at(model)
    tables = list(mapper.tables)
    named = {prop: column for prop, column in _columns(mapper)}
    by_column = {c: prop.key for prop in named for c in prop.columns}
    uniques = unique_groups(tables)
    checks = checks_of(tables)
    stricter, not_null = limits_by_checks(checks)
    signature = _signature(model)
    fields = []
    for prop, column in named.items():
        said = stricter.get(column.name, NO_LIMITS)
        filled = column.name in not_null
        made = field_of(column, prop.key, uniques, said, filled, _hint(model, prop.key))
        fields.append(_as_mapped(made, mapper, column, signature))
    fields.extend(_arguments(model, signature, {one.name for one in fields}, mapper))
    groups = (tuple(by_column.get(column) for column in group) for group in uniques)
    return Shape(
        model,
        mapper.local_table.name,
        "sqlalchemy",
        tuple(fields),
        _builder(model, signature, mapper),
        tuple(dict.fromkeys(g for g in groups if all(g))),  # type: ignore[misc]  # None is left out
        tuple(checks),
        tuple(relations_of(mapper, by_column)),
        schema=mapper.local_table.schema,
        validated=frozenset(mapper.validators),
        settable=frozenset(n for n in dir(model) if not n.startswith("_")),
    )


def shape_of_table(table: Any) -> Shape:
    """Return the shape of the class that a table is mapped to, or of the table itself."""
    return shape_of(class_of_table(table))


def _columns(mapper: Any) -> Iterator[tuple[Any, Any]]:
    for prop in mapper.column_attrs:
        columns = [one for one in prop.columns if isinstance(one, Column)]
        if not columns:
            continue
        # A joined subclass's key is the base's: the one that refers to no other of them.
        own = [c for c in columns if not any(key.column in columns for key in c.foreign_keys)]
        yield prop, (own or columns)[0]


def _hint(model: type, name: str) -> Any:
    for base in model.__mro__:
        annotation = inspect.get_annotations(base).get(name)
        if annotation is not None:
            try:
                hint = resolved(annotation, base)
                return None if understood(hint).type is hint and _bare(hint) else hint
            except Exception:
                # What can't be read here, SQLAlchemy has read: the column says enough.
                return None
    return None


def _bare(hint: Any) -> bool:
    return getattr(hint, "__name__", "") == "Mapped"


def _as_mapped(
    field: Field, mapper: Any, column: Any, signature: dict[str, inspect.Parameter] | None
) -> Field:
    from dataclasses import replace

    if column is mapper.version_id_col:
        return replace(field, computed=True)
    if column is mapper.polymorphic_on and mapper.polymorphic_identity is not None:
        return replace(field, computed=True)
    parameter = (signature or {}).get(field.name)
    if parameter is not None and parameter.default is not parameter.empty and not field.computed:
        # Left to __init__, which knows it.
        if parameter.default is None and not field.nullable:
            return field
        default = parameter.default
        if type(default).__name__ == "_HAS_DEFAULT_FACTORY_CLASS":
            found = mapper.class_.__dataclass_fields__[field.name].default_factory
            return replace(field, default=MISSING, default_factory=found)
        return replace(field, default=default)
    return field


def _signature(model: type) -> dict[str, inspect.Parameter] | None:
    """Return the arguments of a class's own `__init__`; None if it takes whatever there is."""
    parameters = list(inspect.signature(model.__init__).parameters.values())[1:]  # type: ignore[misc]
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return None
    return {one.name: one for one in parameters if one.kind is not one.VAR_POSITIONAL}


def _arguments(
    model: type, signature: dict[str, inspect.Parameter] | None, known: set[str], mapper: Any
) -> Iterator[Field]:
    """Yield fields for what an `__init__` wants and no column has, like a password to be hashed."""
    for name, one in (signature or {}).items():
        if name in known or name in mapper.relationships or one.default is not one.empty:
            continue
        annotation = str if one.annotation is one.empty else one.annotation
        try:
            kind, nullable, limits = understood(resolved(annotation, model))
        except NameError:
            kind, nullable, limits = understood(str)
        yield Field(name=name, type=kind, nullable=nullable, limits=limits)


def _builder(
    model: type, signature: dict[str, inspect.Parameter] | None, mapper: Any
) -> Callable[[dict[str, Any]], Any]:
    if signature is None:
        return lambda values: model(**values)
    taken = signature
    lists = {one.key for one in mapper.relationships if one.uselist}

    def build(values: dict[str, Any]) -> Any:
        arguments = {name: value for name, value in values.items() if name in taken}
        for name, parameter in taken.items():
            if name not in arguments and parameter.default is parameter.empty:
                arguments[name] = [] if name in lists else None
        made = model(**arguments)
        for name, value in values.items():
            if name not in taken:
                setattr(made, name, value)
        return made

    return build
