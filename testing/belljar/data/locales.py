"""`locales_of`: the locales that somebody named, as Faker knows them; another one is an error that names near ones."""

from __future__ import annotations

import locale as system
from collections.abc import Iterable

from belljar.data.errors import BadLocale, nearest

__all__ = ["locales_of"]


def locales_of(said: str | Iterable[str], place: str) -> list[str]:
    """Give locales by their names for Faker, in the order in which they were said, each once.

    `de-DE` and `de` are de_DE. One that Faker has no data for raises BadLocale.
    """
    names = said.replace(",", " ").split() if isinstance(said, str) else said
    # A set has another order in every process.
    ordered = sorted(names) if isinstance(names, (set, frozenset)) else names
    return list(dict.fromkeys(_known(name, place) for name in ordered))


def _known(name: object, place: str) -> str:
    from faker.config import AVAILABLE_LOCALES

    if isinstance(name, str):
        plain = name.replace("-", "_")
        # As Faker itself does; a name that the system has no alias for is taken as it is.
        for form in (system.normalize(plain).partition(".")[0], plain):
            if form in AVAILABLE_LOCALES:
                return form
    if not isinstance(name, str):
        raise BadLocale(
            f"{name!r} is no locale",
            place=place,
            choices=['"en_US"', '"de_DE"', f"and {len(AVAILABLE_LOCALES) - 2} others"],
            fix="give its name, as a text",
        )
    text = name
    language = text.replace("-", "_").partition("_")[0].lower()
    same = sorted(known for known in AVAILABLE_LOCALES if known.startswith(f"{language}_"))
    near = list(dict.fromkeys([*nearest(text, same), *same, *nearest(text, AVAILABLE_LOCALES)]))[:8]
    example = near[0] if near else "en_US"
    raise BadLocale(
        f"Faker has no data for the locale {name!r}",
        place=place,
        choices=near or ["en_US", "de_DE", "fr_FR", f"and {len(AVAILABLE_LOCALES) - 3} others"],
        fix=f"say {example!r}, if that is what is meant",
    )
