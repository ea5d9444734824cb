"""Which factory makes a model's objects where none is named: the one that the test's own files reach."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any
from weakref import ref

from belljar.data.errors import CannotMeet
from belljar.data.factory.reaching import Reach, reach
from belljar.data.sources.failing import shown

if TYPE_CHECKING:
    from belljar.data.factory.factory import Factory

__all__ = ["factory_for", "register"]


@dataclass(frozen=True, slots=True)
class _Written:
    """A factory as it was written: the file is "<name>" for a module without one."""

    factory: ref[type[Factory[Any]]]
    file: str
    number: int


_written: dict[Any, list[_Written]] = {}
_numbers = count(1)
_last = 0


def register(factory: type[Factory[Any]], model: Any) -> None:
    """Let a factory be found by its model. Those made inside a function are found by name only."""
    global _last
    if "<locals>" in factory.__qualname__:
        return
    module = sys.modules.get(factory.__module__)
    file = getattr(module, "__file__", None) or f"<{factory.__module__}>"
    _last = next(_numbers)
    alive = [one for one in _written.get(model, ()) if one.factory() is not None]
    _written[model] = [*alive, _Written(ref(factory), file, _last)]


def factory_for(model: Any) -> type[Factory[Any]] | None:
    """Return the factory of a model that the test's files reach, or None. Raises CannotMeet if there are several.

    One that inherits from another one of the same model is a variant of it, and does not count.
    """
    here = reach()
    try:
        known = here.found.get(model)
    except TypeError:
        return None
    if known is None or known[0] != _last:
        if known is None:
            here.hurry(model)
        known = here.found[model] = (_last, _found(model, here))
    found: type[Factory[Any]] | None = known[1]
    return found


def _found(model: Any, here: Reach) -> type[Factory[Any]] | None:
    alive = {one.factory(): one for one in _written.get(model, ())}
    reached: dict[tuple[str, str], type[Factory[Any]]] = {}
    for factory, one in alive.items():
        if factory is None or any(base in alive for base in factory.__mro__[1:]):
            continue
        if not (here.holds(one.file) or here.names(factory)):
            continue
        # A module that was imported again has made its factories again: the last one holds.
        place = (one.file, factory.__qualname__)
        before = reached.get(place)
        if before is None or not _is_current(before) or _is_current(factory):
            reached[place] = factory
    if len(reached) > 1:
        choices = sorted(f"{_named(f)} ({_where(f, file)})" for (file, _), f in reached.items())
        first = min(reached.values(), key=_named)
        raise CannotMeet(
            f"there are {len(reached)} factories for {getattr(model, '__name__', model)}",
            choices=choices,
            fix=f"name one of them: data.make({first.__name__})",
        )
    return next(iter(reached.values()), None)


def _is_current(factory: type[Factory[Any]]) -> bool:
    """Whether its module has it still: not one that was there before a reload."""
    module = sys.modules.get(factory.__module__)
    return getattr(module, factory.__name__, None) is factory


def _named(factory: type[Factory[Any]]) -> str:
    return f"{factory.__module__}.{factory.__qualname__}"


def _where(factory: type[Factory[Any]], file: str) -> str:
    try:
        return f"{shown(file)}:{inspect.getsourcelines(factory)[1]}"
    except (OSError, TypeError):
        return file
