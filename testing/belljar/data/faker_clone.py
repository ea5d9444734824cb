"""`clone`: a Faker like another one, in a few microseconds, and with nothing in common that a test could change.

To make a Faker takes a millisecond, most of it for its 300 methods. A clone takes them from its model when they
are first used. What is added to it, or set, stays its own.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import wraps
from random import Random
from types import GeneratorType, MethodType
from typing import Any

from faker import Faker
from faker.generator import Generator
from faker.proxy import OptionalProxy  # type: ignore[attr-defined]  # its stub has only methods

from belljar.data.drawing import DRAWING
from belljar.data.fingerprint import Tally

__all__ = ["CloneGenerator", "clone"]


class CloneGenerator(Generator):
    """A generator with a model's methods, and with chance, providers and arguments of its own."""

    _is_seeded = True

    def __init__(
        self, model: Generator, seed: Any, tally: Tally | None, *, real_clock: bool
    ) -> None:
        self._model = model
        self._tally = tally
        self._copies: dict[int, Any] = {}
        self._own: list[Any] | None = None
        self.real_clock = real_clock
        config = dict(getattr(model, "_Generator__config", {}))
        # Faker's own are one for all generators of the process.
        arguments = config.get("arguments")
        config["arguments"] = copy.deepcopy(arguments) if arguments else {}
        self._Generator__config = config
        self._seed = seed
        self._chance: Random | None = None

    @property
    def random(self) -> Random:
        """Its chance; to seed it takes longer than all the rest, so that waits until somebody draws."""
        if self._chance is None:
            self._chance = Random(self._seed)
        return self._chance

    @random.setter
    def random(self, value: Random) -> None:
        self._chance = value

    def seed_instance(self, seed: Any = None) -> CloneGenerator:
        """Begin anew with another seed."""
        self._seed, self._chance = seed, None
        return self

    @property
    def providers(self) -> list[Any]:  # type: ignore[override]  # an attribute there
        """The providers, each a copy that draws from here."""
        if self._own is None:
            self._own = [self._copy(provider) for provider in self._model.providers]
        return self._own

    def set_formatter(self, name: str, formatter: Callable[..., Any]) -> None:
        """Add a method, as a provider that is added does."""
        self.__dict__[name] = self._noted(name, formatter)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = getattr(self._model, name)
        owner = getattr(value, "__self__", None)
        if owner is not None and any(owner is provider for provider in self._model.providers):
            value = MethodType(value.__func__, self._copy(owner))
        if callable(value) and not isinstance(value, type):
            value = self._noted(name, value)
        self.__dict__[name] = value
        return value

    def __reduce__(self) -> tuple[Any, ...]:
        # Its methods are closures, which can't be pickled; a copied one would draw from the original.
        locale = self._Generator__config["locale"]
        made = {id(provider) for provider in self._copies.values()}
        added = [copy.copy(provider) for provider in self.providers if id(provider) not in made]
        for provider in added:
            provider.generator = None
        return _revived, (locale, self._seed, self.random.getstate(), added, self.real_clock)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self._model)})

    def _copy(self, provider: Any) -> Any:
        mine = self._copies.get(id(provider))
        if mine is None:
            mine = self._copies[id(provider)] = copy.copy(provider)
            mine.generator = self
        return mine

    def _noted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        drawing, tally = DRAWING, self._tally

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            outer = drawing.generator
            drawing.generator = self
            try:
                value = function(*args, **kwargs)
            finally:
                drawing.generator = outer
            if isinstance(value, GeneratorType):
                return self._stepwise(name, value)
            # What a method asks of others on its way is part of what it gives.
            if outer is None and tally is not None:
                tally.note(name, value)
            return value

        return call

    def _stepwise(self, name: str, values: Iterator[Any]) -> Iterator[Any]:
        """Yield what a provider yields, which draws step by step."""
        end = object()
        step = self._noted(name, lambda: next(values, end))
        while (value := step()) is not end:
            yield value


def _revived(
    locale: str, seed: Any, state: Any, added: list[Any], real_clock: bool
) -> CloneGenerator:
    from belljar.data.fakers import model_of

    revived = CloneGenerator(model_of((locale,)).factories[0], seed, None, real_clock=real_clock)
    revived.random.setstate(state)
    for provider in reversed(added):
        own = copy.copy(provider)
        own.generator = revived
        revived.add_provider(own)
    return revived


def clone(
    model: Faker, seed: Any, tally: Tally | None = None, *, real_clock: bool = False
) -> Faker:
    """Give a Faker with the methods, locales and weights of `model`, seeded; its `unique` is still Faker's own."""
    copied = Faker.__new__(type(model))
    state = copied.__dict__
    # What Faker remembers of its parts, `_cached_...`, is of the model's.
    state.update(one for one in model.__dict__.items() if not one[0].startswith("_cached_"))
    parts: OrderedDict[str, Any] = OrderedDict()
    for locale, part in model.items():
        if isinstance(part, Faker):
            parts[locale] = clone(part, seed, tally, real_clock=real_clock)
        else:
            parts[locale] = CloneGenerator(part, seed, tally, real_clock=real_clock)
    state["_factory_map"] = parts
    state["_factories"] = list(parts.values())
    state["_optional_proxy"] = OptionalProxy(copied)
    return copied
