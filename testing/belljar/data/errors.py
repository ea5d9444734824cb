"""Every error of belljar.data, in one tree.

    DataError
    ├── BadSeed         a seed is not a number
    ├── BadLocale       Faker has no data for a locale
    ├── BadDataSetting  an ini option or a marker of test data says something that can't be
    ├── CannotMeet      a value that is asked for can't be made
    │   └── Exhausted   there are no more values that were not given yet
    ├── NotStored       the database refused a row that was made
    └── LibraryMissing  a library that is needed for it is not installed

Each names the thing, the value, the valid choices and the fix. Parts of belljar.data have their own below these.
"""

from __future__ import annotations

from collections.abc import Iterable

from belljar.explained import Explained

__all__ = [
    "BadDataSetting",
    "BadLocale",
    "BadSeed",
    "CannotMeet",
    "DataError",
    "Exhausted",
    "LibraryMissing",
    "NotStored",
    "nearest",
]


class DataError(Explained):
    """Something is wrong with test data."""


class BadSeed(DataError):
    """A seed is not a number."""


class BadLocale(DataError):
    """Faker has no data for a locale."""


class BadDataSetting(DataError):
    """An ini option or a marker of test data says something that can't be."""


class CannotMeet(DataError):
    """A value that is asked for can't be made."""


class Exhausted(CannotMeet):
    """There are no more values that were not given yet."""


class NotStored(DataError):
    """The database refused a row. The database's own error is its `__cause__`."""


class LibraryMissing(DataError):
    """A library that is needed for this kind of data is not installed."""


def nearest(name: str, names: Iterable[str], count: int = 3) -> list[str]:
    """Give the names that somebody who wrote `name` may have meant, the likeliest first."""
    # Only where there is a mistake.
    from difflib import get_close_matches

    by_form: dict[str, str] = {}
    for known in names:
        by_form.setdefault(known.lower().replace("-", "_"), known)
    wanted = name.lower().replace("-", "_")
    return [by_form[form] for form in get_close_matches(wanted, by_form, count, 0.5)]
