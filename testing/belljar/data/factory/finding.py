"""Which factory makes a model's objects where none is named: the one that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from belljar.data.errors import CannotMeet

if TYPE_CHECKING:
    from belljar.data.factory.factory import Factory

__all__ = ["factory_for", "register"]

_factories: dict[Any, WeakSet[Any]] = {}


def register(factory: type[Factory[Any]], model: Any) -> None:
    """Let a factory be found by its model. Those made inside a function are found by name only."""
    if "<locals>" not in factory.__qualname__:
        _factories.setdefault(model, WeakSet()).add(factory)


def factory_for(model: Any) -> type[Factory[Any]] | None:
    """Return the factory of a model, or None. Raises CannotMeet if there are several.

    One that inherits from another one of the same model is a variant of it, and does not count.
    """
    try:
        known = _factories.get(model)
    except TypeError:
        return None
    if not known:
        return None
    found = {_place(one): one for one in known if not any(b in known for b in one.__mro__[1:])}
    # A module that was imported again has made its factories again: the last one holds.
    if len(found) > 1:
        raise CannotMeet(
            f"there are {len(found)} factories for {getattr(model, '__name__', model)}",
            choices=sorted(found),
            fix=f"name one of them: data.make({next(iter(sorted(found))).rpartition('.')[2]})",
        )
    return next(iter(found.values()), None)


def _place(factory: Any) -> str:
    return f"{factory.__module__}.{factory.__qualname__}"
