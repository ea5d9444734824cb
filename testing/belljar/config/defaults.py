"""`completed`: a section of which only some keys are said, with the rest of its default.

Defaults are the lowest layer: `payments: Payments = Payments(retries=9)` keeps the 9 where only the URL is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from pydantic import BaseModel, RootModel

from belljar.config.kinds import is_section
from belljar.config.shape import Shape

__all__ = ["completed"]


def completed(shape: Shape, values: dict[str, object]) -> dict[str, object]:
    """Give the values with what defaults have beside them, and every section that has to be there."""
    for key, inner in shape.keyed.items():
        if inner.section and inner.required and not inner.nullable:
            # What it lacks is then said by its keys.
            values.setdefault(key, {})
        below = values.get(key)
        if isinstance(below, dict):
            _put_under(inner, below, inner.default())
            completed(inner, below)
    return values


def _put_under(shape: Shape, values: dict[str, object], default: object) -> None:
    """Put what a default has under what is said."""
    if isinstance(default, RootModel):
        default = default.root
    if isinstance(default, Mapping) and not shape.section:
        had = {str(key): (each, shape.each) for key, each in default.items()}
    elif _is_of(shape, values, default):
        had = _said_by(shape, default)
    else:
        return
    for key, (value, inner) in had.items():
        below = values.setdefault(key, value)
        if below is not value and isinstance(below, dict) and inner is not None:
            _put_under(inner, below, value)


def _said_by(shape: Shape, default: Any) -> dict[str, tuple[object, Shape | None]]:
    if isinstance(default, Mapping):
        return {key: (default[key], each) for key, each in shape.keyed.items() if key in default}
    names = default.model_fields_set if isinstance(default, BaseModel) else None
    return {
        key: (getattr(default, each.name), each)
        for key, each in Shape(type(default)).keyed.items()
        # What tells the members of a union apart is said by the class.
        if names is None or each.name in names or (each.choices and len(shape.members) > 1)
    }


def _is_of(shape: Shape, values: Mapping[str, object], default: object) -> bool:
    """Whether what is said may be of the same class as the default: another of a union has other keys."""
    if isinstance(default, Mapping):
        return sum(map(is_section, shape.members)) == 1
    if not (isinstance(default, BaseModel) or is_dataclass(default)):
        return False
    if sum(map(is_section, shape.members)) == 1:
        return True
    known = Shape(type(default)).keyed
    return all(
        key in known and (not known[key].choices or value == getattr(default, known[key].name))
        for key, value in values.items()
    )
