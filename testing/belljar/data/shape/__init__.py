"""What a model is made of: `shape_of(Customer)`, for dataclasses, pydantic and SQLAlchemy alike.

shape = shape_of(Customer)
[field.name for field in shape.fields]
"""

from __future__ import annotations

from belljar.data.shape.limits import Limits
from belljar.data.shape.reading import shape_of
from belljar.data.shape.shape import MISSING, Field, Relation, Shape

__all__ = ["MISSING", "Field", "Limits", "Relation", "Shape", "shape_of"]
