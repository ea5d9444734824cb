"""Where a field's values come from: what a factory is written with, and the base of them all.

class CustomerFactory(Factory[Customer]):
    email = faked("email", unique=True)
    tier = one_of("basic", "gold")
"""

from __future__ import annotations

from belljar.data.sources.source import Source
from belljar.data.sources.written import (
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
    "Source",
    "derived",
    "drawn",
    "faked",
    "fixed",
    "many",
    "nothing",
    "one",
    "one_of",
    "sequence",
]
