"""Shapes of pydantic models, and of its dataclasses: fields with their constraints, by their own names."""

from __future__ import annotations

from typing import Any, get_origin

from belljar.data.errors import CannotMeet
from belljar.data.shape.annotations import JsonText, is_json, limits_of, understood
from belljar.data.shape.classes import variables_of
from belljar.data.shape.limits import NO_LIMITS, Limits
from belljar.data.shape.shape import MISSING, Field, Shape

__all__ = ["read_pydantic"]


def read_pydantic(model: Any) -> Shape:
    """Return the shape of a pydantic model. Fields are given by name, whatever their aliases."""
    from pydantic import BaseModel
    from pydantic.errors import PydanticUndefinedAnnotation

    plain = get_origin(model) or model
    is_model = isinstance(plain, type) and issubclass(plain, BaseModel)
    if is_model and not plain.__pydantic_complete__:
        try:
            plain.model_rebuild()
        except (PydanticUndefinedAnnotation, NameError) as error:
            raise CannotMeet(
                f"{plain.__name__} is not complete: {error}",
                fix=f"import what is missing, and call {plain.__name__}.model_rebuild()",
            ) from None
    if is_model:
        every = plain.model_fields
    else:
        every = {n: f for n, f in plain.__pydantic_fields__.items() if f.init is not False}
    config = plain.model_config if is_model else getattr(plain, "__pydantic_config__", None) or {}
    fields = tuple(_field(model, name, info, config) for name, info in every.items())

    def build(values: dict[str, Any]) -> Any:
        if not is_model:
            return plain(**values)
        if "root" in values and plain.__pydantic_root_model__:
            return plain.model_validate(values["root"])
        return plain.model_validate(values, by_name=True, by_alias=False)

    return Shape(plain, plain.__name__, "pydantic", fields, build)


def _field(model: Any, name: str, info: Any, config: Any) -> Field:
    kind, nullable, limits = understood(info.annotation, variables_of(model, name))
    if any(is_json(one) for one in info.metadata):
        kind, nullable = JsonText(info.annotation), False
    limits = _with_config(limits.both(_said(info)), kind, config)
    default: Any = MISSING
    factory = None
    if info.default_factory is not None:
        # One that takes what is validated so far is left to pydantic.
        if getattr(info, "default_factory_takes_validated_data", False):
            default = None
        else:
            factory = info.default_factory
    elif not info.is_required():
        default = info.default
    return Field(
        name=name,
        type=kind,
        nullable=nullable,
        default=default,
        default_factory=factory,
        limits=limits,
    )


def _said(info: Any) -> Limits:
    return limits_of(info.metadata) if info.metadata else NO_LIMITS


def _with_config(limits: Limits, kind: Any, config: Any) -> Limits:
    if kind is not str:
        return limits
    upper, lower = config.get("str_to_upper"), config.get("str_to_lower")
    return limits.both(
        Limits(
            min_length=config.get("str_min_length") or None,
            max_length=config.get("str_max_length"),
            case="upper" if upper else "lower" if lower else None,
        )
    )
