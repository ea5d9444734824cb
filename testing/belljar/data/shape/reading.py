"""`shape_of`: the shape of a model, read once; one reader per way to write models."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import sys
from collections.abc import Callable
from typing import Any, get_origin
from weakref import WeakKeyDictionary

from belljar.data.errors import CannotMeet
from belljar.data.shape.shape import Shape

__all__ = ["has_shape", "no_model", "shape_of"]

_shapes: WeakKeyDictionary[Any, Shape] = WeakKeyDictionary()
# Classes like Page[Item] are made anew by each look at them.
_generic: dict[Any, Shape] = {}


def shape_of(model: Any) -> Shape:
    """Return the shape of a model: a dataclass, a pydantic or SQLAlchemy model, a Table, a class.

    Raises `CannotMeet` for what is none of these.
    """
    if isinstance(model, Shape):
        return model
    known = _known(model)
    if known is None:
        reader = _reader(model)
        if reader is None:
            raise no_model(model)
        known = reader(model)
        if get_origin(model) is None and not _is_table(model):
            _shapes[model] = known
        else:
            _generic[model] = known
    return known


def has_shape(model: Any) -> bool:
    """Whether `shape_of` reads it; for what stands in an annotation."""
    return _reader(model) is not None


def no_model(model: Any) -> CannotMeet:
    """Return the error for what no object can be made of."""
    fix = "give the class itself, not an instance or a name"
    if inspect.isclass(model):
        fix = "annotate the arguments of its __init__"
        if inspect.isabstract(model) or getattr(model, "_is_protocol", False):
            fix = "give a class that implements it"
        elif issubclass(model, enum.Enum) or model.__module__ in sys.stdlib_module_names:
            fix = "give a class with a field of that type"
    elif get_origin(model) is not None:
        fix = "give a class with a field of that type"
    return CannotMeet(
        f"{model!r} is no model",
        choices=(
            "a dataclass",
            "a pydantic model",
            "a SQLAlchemy model or Table",
            "an attrs class, NamedTuple or TypedDict",
            "a class whose __init__ is annotated",
        ),
        fix=fix,
    )


def _known(model: Any) -> Shape | None:
    try:
        return _generic.get(model) if get_origin(model) or _is_table(model) else _shapes.get(model)
    except TypeError:
        return None


def _reader(model: Any) -> Callable[[Any], Shape] | None:
    if _is_table(model):
        from belljar.data.shape.tables import read_table

        return read_table
    plain = get_origin(model) or model
    if not inspect.isclass(plain) or issubclass(plain, enum.Enum):
        return None
    # Only who has imported a library can have models of it.
    if "sqlalchemy.orm" in sys.modules and _is_mapped(plain):
        from belljar.data.shape.mapped import read_mapped

        return read_mapped
    if "pydantic" in sys.modules and hasattr(plain, "__pydantic_fields__"):
        from belljar.data.shape.pydantic_models import read_pydantic

        return read_pydantic
    from belljar.data.shape import classes

    if dataclasses.is_dataclass(plain):
        return classes.read_dataclass
    if hasattr(plain, "__attrs_attrs__"):
        return classes.read_attrs
    if issubclass(plain, tuple) and hasattr(plain, "_fields"):
        return classes.read_named_tuple
    if hasattr(plain, "__total__") and issubclass(plain, dict):
        return classes.read_typed_dict
    if plain.__module__ not in sys.stdlib_module_names and classes.is_annotated(plain):
        return classes.read_class
    return None


def _is_mapped(model: type) -> bool:
    from sqlalchemy import inspect as looked_at

    return looked_at(model, raiseerr=False) is not None


def _is_table(model: Any) -> bool:
    return type(model).__name__ == "Table" and type(model).__module__.startswith("sqlalchemy.")
