"""Kinds of faults: what one is made of, and the register of all of them.

    register(Kind(name="reset", summary="...", fits=("http", "tcp"), actions=lambda actions, values: ...))

Each file of `belljar.faults.kinds` registers one. A conftest.py may register its own.
"""

from __future__ import annotations

import pkgutil
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from types import MappingProxyType
from typing import Any

from belljar.faults.answers import Actions, Answer
from belljar.faults.errors import BadKind, ImpossibleFault, UnknownKind
from belljar.faults.families import FAMILIES
from belljar.faults.parameters import Parameter, Values, closest, whole

__all__ = ["Delivery", "Kind", "kind_named", "kinds", "register"]


@dataclass(frozen=True)
class Delivery:
    """How a webhook is delivered: so often, so late, and behind so many later ones."""

    copies: int = 1
    delay: float = 0.0
    behind: int = 0


@dataclass(frozen=True)
class Kind:
    """A kind of fault: where it fits, its parameters, and what it changes.

    `instead` means that the work is not done: the fault comes in its place. `draw` gives what is left
    to chance. `answer` changes an HTTP answer, `reply` gives the bytes of another protocol's, `actions`
    changes how bytes are sent, `delivery` how a webhook is. A point inside the test's process that
    needs something else asks for the kind by its name.
    """

    name: str
    summary: str
    fits: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    instead: bool = False
    # What its rules match besides what they say: a short write is no other operation.
    implied: Mapping[str, str] = field(default_factory=dict)
    draw: Callable[[Values, random.Random], Mapping[str, Any]] | None = None
    answer: Callable[[Answer, Values], Answer] | None = None
    reply: Callable[[Values], bytes] | None = None
    actions: Callable[[Actions, Values], Actions] | None = None
    delivery: Callable[[Delivery, Values], Delivery] | None = None
    # Says why values that are right one by one don't go together; nothing if they do.
    check: Callable[[Values], str] | None = None

    def whole(self, values: Values, place: str) -> dict[str, Any]:
        """Give the parameters with their defaults, or say what is wrong with them."""
        complete = whole(self.parameters, values, place, f"the fault {self.name!r}")
        if self.check is not None and (why := self.check(complete)):
            raise ImpossibleFault(why, place=place, fix="change one of the two")
        return complete

    def must_fit(self, family: str, boundary: str, place: str) -> None:
        """Refuse a boundary at which it can't happen."""
        if family in self.fits:
            return
        there = [kind.name for kind in kinds().values() if family in kind.fits]
        raise ImpossibleFault(
            f"{self.name!r} can't happen at {boundary!r}, which is of the family {family!r}",
            place=place,
            choices=there,
            fix=f"choose one of these, or a boundary of {' or '.join(self.fits)}",
        )


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known, and give it back; a second of the same name is an error."""
    for family in kind.fits:
        if family not in FAMILIES:
            raise BadKind(
                f"the kind {kind.name!r} fits {family!r}, which is no family", choices=FAMILIES
            )
    if not kind.fits:
        raise BadKind(f"the kind {kind.name!r} fits nothing", fix="name a family in fits")
    # The same file may be imported twice, under two names: by pytest, and by the test.
    there = _kinds.get(kind.name)
    if there is not None and replace(there, **_FUNCTIONS) != replace(kind, **_FUNCTIONS):
        raise BadKind(
            f"there are two kinds of faults named {kind.name!r}", fix="give one another name"
        )
    _kinds[kind.name] = kind
    return kind


_FUNCTIONS: dict[str, Any] = dict.fromkeys(
    ("draw", "answer", "reply", "actions", "delivery", "check")
)


def kinds() -> Mapping[str, Kind]:
    """Give all kinds by name."""
    _load()
    return MappingProxyType(_kinds)


def kind_named(name: str, place: str = "") -> Kind:
    """Give the kind of that name."""
    _load()
    try:
        return _kinds[name]
    except KeyError:
        known = sorted(_kinds)
        meant = closest(name, tuple(known))
        raise UnknownKind(
            f"{name!r} is no kind of fault",
            place=place,
            choices=known,
            fix=f"write {meant!r}" if meant else "choose one of these",
        ) from None


_loaded = False


def _load() -> None:
    global _loaded
    if _loaded:
        return
    package = import_module("belljar.faults.kinds")
    for module in pkgutil.iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    _loaded = True
