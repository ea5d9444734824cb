"""`faker_of`: a seeded Faker for a locale, with Belljar's providers and a `unique` that tags; made of shared models."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from faker import Faker

from belljar.data.drawing import let_draw
from belljar.data.faker_clone import CloneGenerator, clone
from belljar.data.faker_unique import TaggingUnique
from belljar.data.fingerprint import Tally
from belljar.data.locales import locales_of
from belljar.data.providers import PROVIDERS
from belljar.data.uniqueness import Unique

__all__ = ["faker_like", "faker_of", "foreign_providers", "model_of"]


def faker_of(
    locale: str | Sequence[str] | Mapping[str, float],
    seed: Any,
    *,
    unique: Unique,
    tally: Tally | None = None,
    real_clock: bool = False,
    place: str = "locale",
    foreign: Sequence[Any] = (),
) -> Faker:
    """Give a Faker for a locale or several; `foreign` are providers that it is to have besides."""
    locales = tuple(locales_of(locale, place))
    weights = tuple(locale.values()) if isinstance(locale, Mapping) else ()
    fake = clone(model_of(locales, weights), seed, tally, real_clock=real_clock)
    for part in _generators(fake):
        for provider in foreign:
            own = copy.copy(provider)
            own.generator = part
            part.add_provider(own)
    fake.__dict__["_unique_proxy"] = TaggingUnique(fake, unique)
    return fake


def faker_like(
    model: Faker,
    seed: Any,
    *,
    unique: Unique,
    tally: Tally | None = None,
    real_clock: bool = False,
) -> Faker:
    """Give a Faker as `model` is, with all that a team has added to it."""
    for part in _generators(model):
        if getattr(part, "_belljar", None) is None:
            part._belljar = True
            # First theirs: a team's method of the same name wins.
            mine = [provider for provider in PROVIDERS if not _has(part, provider)]
            _add_below(part, mine)
            let_draw(part.providers)
    fake = clone(model, seed, tally, real_clock=real_clock)
    fake.__dict__["_unique_proxy"] = TaggingUnique(fake, unique)
    return fake


def foreign_providers(model: Faker) -> list[Any]:
    """Give the providers that a team has added to a Faker, in the order in which they were."""
    ours = ("faker.providers", "belljar.data.providers")
    found: dict[type, Any] = {}
    for part in _generators(model):
        for provider in reversed(part.providers):
            if not type(provider).__module__.startswith(ours):
                found.setdefault(type(provider), provider)
    return list(found.values())


@cache
def model_of(locales: tuple[str, ...], weights: tuple[float, ...] = ()) -> Faker:
    """Give the Faker of these locales that all others are made like; nobody draws from it."""
    said: Any = dict(zip(locales, weights, strict=True)) if weights else list(locales)
    model = Faker(said)
    for part in _generators(model):
        _add_below(part, PROVIDERS)
        let_draw(part.providers)
    return model


def _generators(fake: Faker) -> list[Any]:
    parts: list[Any] = []
    for part in fake.factories:
        parts += _generators(part) if isinstance(part, Faker) else [part]
    return parts


def _has(part: Any, provider: type) -> bool:
    return any(isinstance(known, provider) for known in part.providers)


def _add_below(part: Any, providers: Sequence[type]) -> None:
    """Add providers whose methods are taken only where there is none of that name."""
    known = {name for name in part.__dict__ if callable(part.__dict__[name])}
    for provider in providers:
        own = provider(part)
        part.providers.append(own)
        for name in dir(own):
            if not name.startswith("_") and name not in known and callable(getattr(own, name)):
                if isinstance(part, CloneGenerator):
                    continue
                part.set_formatter(name, getattr(own, name))
