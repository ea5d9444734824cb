"""`Factory`: how a model's objects are made, field by field, where types and constraints are not enough."""

from __future__ import annotations

import inspect
import sys
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_origin

from belljar.data.errors import CannotMeet, nearest
from belljar.data.factory.finding import register
from belljar.data.factory.habits import add_habits
from belljar.data.shape.annotations import resolved
from belljar.data.shape.reading import has_shape, shape_of
from belljar.data.sources.choices import Fixed
from belljar.data.sources.given import One
from belljar.data.sources.source import Source

__all__ = ["Factory"]

T = TypeVar("T")


class Factory(Generic[T]):
    """Sources for a model's fields; those without one are made by their types and constraints.

        class CustomerFactory(Factory[Customer]):
            email = faked("email", unique=True)
            tier = one_of("basic", "gold")

    A class that inherits from it is a variant. A name that the model doesn't have raises CannotMeet
    when the class is made. A value that is no source stands for itself.
    """

    model: ClassVar[Any] = None
    sources: ClassVar[dict[str, Source]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.model = _model_of(cls)
        own = _sources_in(cls)
        inherited: dict[str, Source] = {}
        for base in reversed(cls.__mro__[1:]):
            # A mixin is no factory itself.
            mixed = base not in (object, Generic) and not issubclass(base, Factory)
            inherited.update(_sources_in(base) if mixed else vars(base).get("sources", {}))
        cls.sources = {**inherited, **own}
        # A base with further type variables has no model yet.
        if cls.model is not None:
            _check_names(cls, own)
            _check_functions(cls)
            register(cls, cls.model)

    def __new__(cls, *args: Any, **values: Any) -> Any:
        """Refuse to be made: a factory is given to `data.make`."""
        raise CannotMeet(
            f"{cls.__name__} is not called: what it makes depends on the test",
            fix=f"data.make({cls.__name__}, ...), with the fixture `data`",
        )


add_habits(Factory)


def _model_of(cls: type) -> Any:
    for base in vars(cls).get("__orig_bases__", ()):
        origin = get_origin(base)
        if inspect.isclass(origin) and issubclass(origin, Factory):
            model = get_args(base)[0]
            if isinstance(model, TypeVar):
                return None
            if not isinstance(model, type) and get_origin(model) is None and not has_shape(model):
                model = resolved(model, cls)
            if not has_shape(model):
                raise CannotMeet(
                    f"{model!r} is no model",
                    place=f"{cls.__module__}.{cls.__qualname__}",
                    choices=("a dataclass", "a pydantic model", "a SQLAlchemy model"),
                    fix="class CustomerFactory(Factory[Customer])",
                )
            return model
    found = next(
        (m for m in (getattr(b, "model", None) for b in cls.__mro__[1:]) if m is not None), None
    )
    if found is None and cls.__bases__ == (Factory,):
        raise CannotMeet(
            f"{cls.__name__} does not say which model it is for",
            place=f"{cls.__module__}.{cls.__qualname__}",
            fix=f"class {cls.__name__}(Factory[Customer])",
        )
    return found


def _sources_in(cls: type) -> dict[str, Source]:
    return {name: _as_source(value) for name, value in vars(cls).items() if _is_source(name, value)}


def _is_source(name: str, value: Any) -> bool:
    if name.startswith("_") or name in ("model", "sources"):
        return False
    if isinstance(value, Source) or (inspect.isclass(value) and issubclass(value, Factory)):
        return True
    return not isinstance(value, staticmethod | classmethod | property) and not inspect.isroutine(
        value
    )


def _as_source(value: Any) -> Source:
    if isinstance(value, Source):
        return value
    if inspect.isclass(value) and issubclass(value, Factory):
        return One(value, {})
    return Fixed(value)


def _check_names(cls: type[Factory[Any]], own: dict[str, Source]) -> None:
    known = _names(cls.model, complete=False)
    if all(name in known for name in own):
        return
    # A relationship's other side is there only when all is mapped.
    known = _names(cls.model, complete=True)
    for name in own:
        if known and name not in known:
            title = getattr(cls.model, "__name__", str(cls.model))
            fields = _fields(cls.model, known)
            near = nearest(name, fields)
            raise CannotMeet(
                f"{title} has no field {name!r}",
                place=f"{cls.__module__}.{cls.__qualname__}",
                choices=fields,
                fix=f"write {near[0]!r}" if near else "leave it out",
            )


def _check_functions(cls: type[Factory[Any]]) -> None:
    """Raise CannotMeet for a function that is called like a field: nobody would call it."""
    for name, value in vars(cls).items():
        function = inspect.isroutine(value) or isinstance(value, property)
        if not function or name.startswith("_") or name not in _names(cls.model, complete=False):
            continue
        raise CannotMeet(
            "it is a function, and no source",
            place=f"{cls.__module__}.{cls.__qualname__}.{name}",
            choices=(
                "derived(lambda row: ...)",
                "drawn(lambda draw: ...)",
                "sequence(lambda n: ...)",
            ),
            fix=f"{name} = derived(lambda row: ...)",
        )


def _fields(model: Any, known: set[str]) -> list[str]:
    try:
        return list(shape_of(model).names)
    except CannotMeet:
        return sorted(known)


def _names(model: Any, *, complete: bool) -> set[str]:
    """Return what a model's fields are called, without looking at their types; none if that isn't known yet."""
    plain = get_origin(model) or model
    if hasattr(plain, "__dataclass_fields__") and not hasattr(plain, "__mapper__"):
        return {name for name, field in plain.__dataclass_fields__.items() if field.init}
    if hasattr(plain, "__pydantic_fields__"):
        return set(plain.__pydantic_fields__)
    if "sqlalchemy.orm" in sys.modules and hasattr(plain, "__mapper__"):
        if not complete:
            return set(plain.__mapper__.all_orm_descriptors.keys())
        try:
            shape = shape_of(plain)
        except CannotMeet:
            return set()
        return {*shape.names, *shape.settable}
    return set(shape_of(model).names)
