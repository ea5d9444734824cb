"""Factories: `Factory`, the sources of their fields, and what makes and stores objects.

class CustomerFactory(Factory[Customer]):
    email = faked("email", unique=True)
    orders = many(OrderFactory, 2)
"""

from __future__ import annotations

from belljar.data.factory.factory import Factory
from belljar.data.factory.viewing import parent_of
from belljar.data.sources import (
    Source,
    derived,
    drawn,
    faked,
    fixed,
    many,
    nothing,
    one,
    one_of,
    sequence,
)

__all__ = [
    "Factory",
    "Source",
    "derived",
    "drawn",
    "faked",
    "fixed",
    "many",
    "nothing",
    "one",
    "one_of",
    "parent_of",
    "sequence",
]
