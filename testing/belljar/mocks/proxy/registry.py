"""`ToxicType`: one kind of toxic; the modules of `belljar.mocks.proxy.toxics` register theirs here."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from belljar.mocks.proxy.attributes import COUNTING, Attribute, Value
from belljar.mocks.proxy.errors import BadToxicType
from belljar.mocks.proxy.items import Stage

__all__ = ["ToxicType", "register", "toxic_type", "toxic_types"]

Values = Mapping[str, Value]


@dataclass(frozen=True)
class ToxicType:
    """A kind of toxic: its attributes and what it does.

    One that works on bytes makes a `stage` for each direction of each connection. One that knows a
    `protocol` has none: the protocol's session asks it about each statement or command. `check`
    raises where attributes that are right one by one don't fit together.
    """

    name: str
    attributes: Sequence[Attribute]
    stage: Callable[[Values, Random], Stage] | None = None
    protocol: str = ""
    check: Callable[[Values], None] | None = None

    @property
    def all_attributes(self) -> tuple[Attribute, ...]:
        """Its own, and what every toxic has."""
        own = {attribute.name for attribute in self.attributes}
        return (*self.attributes, *(one for one in COUNTING if one.name not in own))


_types: dict[str, ToxicType] = {}


def register(kind: ToxicType) -> ToxicType:
    """Make a toxic type known by its name; return it."""
    _types[kind.name] = kind
    return kind


def toxic_types() -> list[str]:
    """Return the names of all toxic types."""
    return sorted(_types)


def toxic_type(name: str) -> ToxicType:
    """Return the type of this name; raises `BadToxicType`."""
    kind = _types.get(name)
    if kind is None:
        close = difflib.get_close_matches(name, _types, 1)
        raise BadToxicType(
            "invalid toxic type",
            (f"did you mean {close[0]!r}? " if close else f"there is no type {name!r}; ")
            + f"there are {', '.join(toxic_types())}"
            + ("; a proxy is taken down with enabled=false" if name == "down" else ""),
        )
    return kind
