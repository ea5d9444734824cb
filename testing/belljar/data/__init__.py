"""Test data: the same for the same test everywhere, and never that of another one.

    def test_a_customer_orders(faker, data):
        customer = data.make(Customer, email=faker.unique.email())

`belljar.data.plugin` has the fixtures (docs/data.md). Names are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.data.data import Data
    from belljar.data.deriving import derive
    from belljar.data.draw import Draw
    from belljar.data.errors import (
        BadDataSetting,
        BadLocale,
        BadSeed,
        CannotMeet,
        DataError,
        Exhausted,
        LibraryMissing,
        NotStored,
    )
    from belljar.data.uniqueness import Unique

__all__ = [
    "BadDataSetting",
    "BadLocale",
    "BadSeed",
    "CannotMeet",
    "Data",
    "DataError",
    "Draw",
    "Exhausted",
    "LibraryMissing",
    "NotStored",
    "Unique",
    "derive",
]

_HOMES = {
    "Data": "data",
    "Draw": "draw",
    "Unique": "uniqueness",
    "derive": "deriving",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
