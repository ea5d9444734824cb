"""`DRAWING`: which generator a thread draws from now, and the clock and chance that Faker's providers see meanwhile.

Faker tells many dates from the clock: `date_time()` is one between 1970 and now. A few providers draw from the
module `random`. While one of our generators draws, both are the test's own: the clock is at `NOW`. The
providers of anybody else see what they always did; so do ours where the test has a clock of its own (time-machine,
freezegun), or the ini option `belljar_data_clock` says `real`.
"""

from __future__ import annotations

import datetime as calendar
import random
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from belljar.data.draw import NOW

__all__ = ["DRAWING", "let_draw"]

_OURS = "faker.providers"
# Faker makes these lists of sets: their order is another one in each process.
_UNORDERED = {"faker.providers.address.it_IT": ("cities",)}
_done: set[str] = set()


class _Drawing(threading.local):
    generator: Any = None


DRAWING = _Drawing()


def let_draw(providers: list[Any]) -> None:
    """Let the modules of these providers see the clock and the chance of the generator that draws."""
    for provider in providers:
        for name in _UNORDERED.get(type(provider).__module__, ()):
            setattr(provider, name, sorted(getattr(provider, name)))
        for owner in type(provider).__mro__:
            name = owner.__module__
            if name not in _done and name.startswith(_OURS):
                _done.add(name)
                _replace(sys.modules[name])


def _replace(module: ModuleType) -> None:
    for name, value in list(vars(module).items()):
        if value is calendar.datetime:
            setattr(module, name, _Datetime)
        elif value is calendar.date:
            setattr(module, name, _Date)
        elif value is calendar:
            setattr(module, name, _CALENDAR)
        elif value is random:
            setattr(module, name, _CHANCE)
        elif getattr(value, "__self__", None) is _SHARED:
            setattr(module, name, _drawn(value.__name__))


def _now() -> calendar.datetime | None:
    """Give the instant that providers are to see; None is the clock's."""
    generator = DRAWING.generator
    if generator is None or generator.real_clock or _travelling():
        return None
    return NOW


def _travelling() -> bool:
    machine: Any = sys.modules.get("time_machine")
    if machine is not None and machine.escape_hatch.is_travelling():
        return True
    freezer: Any = sys.modules.get("freezegun.api")
    return bool(freezer is not None and freezer.freeze_factories)


class _Kind(type):
    """A class that is taken for another one in all but what it says of the clock."""

    real: Any

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls.real(*args, **kwargs)

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.real)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls.real, name)


class _Datetime(metaclass=_Kind):
    real = calendar.datetime

    @staticmethod
    def now(tz: calendar.tzinfo | None = None) -> calendar.datetime:
        now = _now()
        if now is None:
            return calendar.datetime.now(tz)
        # Without a zone it is UTC: the machine's zone is nothing that data depends on.
        return now.replace(tzinfo=None) if tz is None else now.astimezone(tz)

    @classmethod
    def today(cls) -> calendar.datetime:
        return cls.now()

    @classmethod
    def utcnow(cls) -> calendar.datetime:
        return cls.now(calendar.UTC).replace(tzinfo=None)


class _Date(metaclass=_Kind):
    real = calendar.date

    @staticmethod
    def today() -> calendar.date:
        now = _now()
        return calendar.date.today() if now is None else now.date()


class _Calendar:
    datetime = _Datetime
    date = _Date

    def __getattr__(self, name: str) -> Any:
        return getattr(calendar, name)


def _drawn(name: str) -> Callable[..., Any]:
    """Give what `from random import name` is to be."""
    return lambda *args, **kwargs: getattr(_CHANCE, name)(*args, **kwargs)


class _Chance:
    """The module `random`, of the generator that draws."""

    def __getattr__(self, name: str) -> Any:
        generator = DRAWING.generator
        source: Any = random if generator is None else generator.random
        return getattr(source if hasattr(source, name) else random, name)


# What the functions of the module `random` belong to.
_SHARED: Any = getattr(random.random, "__self__", None)
_CALENDAR: Any = _Calendar()
_CHANCE: Any = _Chance()
