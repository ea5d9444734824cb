"""`judge_of_column`: what SQLAlchemy's own types are sure of; CHECKs are judged with the whole row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.data.shape.judge import Judge
from belljar.data.shape.limits import NO_LIMITS, Limits

if TYPE_CHECKING:
    from belljar.data.shape.shape import Field, Shape

__all__ = ["judge_of_column"]

_INTEGERS = {"SmallInteger": 15, "SMALLINT": 15}


def judge_of_column(shape: Shape, field: Field, place: str) -> Judge | None:
    """Return what a column's values are held against; None where nothing is sure."""
    column = field.origin
    if column is None or field.refers_to is not None or field.name in shape.validated:
        return None
    if any(field.name in one.local for one in shape.relations) or not _is_plain(shape):
        return None
    kind = column.type
    if hasattr(kind, "process_bind_param") or getattr(kind, "_variant_mapping", None):
        # A TypeDecorator makes of a value what it likes; another database has another type.
        return None
    filled = column.default is not None or column.server_default is not None or field.computed
    nullable = field.nullable or filled or _is_listened_to(shape)
    said, python, limits = _sure_of(kind, field.type)
    if python is None and nullable:
        return None
    return Judge(place, said, python, limits, nullable=nullable, stored=True)


def _sure_of(kind: Any, python: Any) -> tuple[str, Any, Limits]:
    """Return the type's words, the Python type of its values, and its limits; what is not SQLAlchemy's says nothing."""
    from sqlalchemy import types

    name = type(kind).__name__
    if not type(kind).__module__.startswith("sqlalchemy."):
        return name, None, NO_LIMITS
    if isinstance(kind, types.Enum):
        choices = None if kind.enum_class is not None else tuple(kind.enums)
        said = ", ".join(map(repr, kind.enums))
        return f"Enum({said})", python, Limits(choices=choices)
    if isinstance(kind, types.String):
        # TEXT has no length, whatever the model says.
        length = None if isinstance(kind, types.Text) else kind.length
        limits = NO_LIMITS if length is None else Limits(max_length=length)
        return name if length is None else f"{name}({length})", python, limits
    if isinstance(kind, types.Integer):
        return name, python, Limits(bits=_INTEGERS.get(name, 63))
    if isinstance(kind, types.Numeric):
        digits, scale = kind.precision, kind.scale
        if digits is None or isinstance(kind, types.Float):
            return name, python, NO_LIMITS
        return f"{name}({digits}, {scale or 0})", python, Limits(precision=digits, scale=scale or 0)
    known = (types.Boolean, types.Date, types.DateTime, types.Time, types.LargeBinary, types.Uuid)
    if isinstance(kind, (*known, types.ARRAY)):
        return name, python, NO_LIMITS
    return name, None, NO_LIMITS


def _is_plain(shape: Shape) -> bool:
    """Whether the class takes values as they are: an `__init__` or a `__post_init__` of its own may not."""
    if shape.kind == "table":
        return True
    model = shape.model
    if hasattr(model, "__post_init__"):
        return False
    init = getattr(model.__mapper__.class_manager, "original_init", None) or model.__init__
    code = getattr(init, "__code__", None)
    # SQLAlchemy's own, or a dataclass's, which is generated.
    ours = getattr(init, "__module__", "").startswith("sqlalchemy.")
    return ours or code is None or code.co_filename.startswith("<")


def _is_listened_to(shape: Shape) -> bool:
    """Whether a function of the user's fills what is missing before it is stored."""
    if shape.kind == "table":
        return False
    return bool(shape.model.__mapper__.dispatch.before_insert)
