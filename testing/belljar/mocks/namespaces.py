"""`Namespaces`: what one mock process keeps apart for the tests that share it."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from belljar.mocks.errors import BadNamespace
from belljar.mocks.journal import Journal

__all__ = ["DEFAULT", "Namespace", "Namespaces", "check_name"]

S = TypeVar("S")

DEFAULT = "default"
# As many tests as one process is likely to see; beyond, the one that was left alone longest goes.
KEPT = 4096
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")


class Namespace(Generic[S]):
    """One test's part of a mock: its state and its journal."""

    __slots__ = ("journal", "name", "state")

    def __init__(self, name: str, state: S) -> None:
        self.name = name
        self.state = state
        self.journal = Journal()


class Namespaces(Generic[S]):
    """Namespaces by name, each made when it is first asked for; `dropped` is told what goes."""

    def __init__(
        self,
        new: Callable[[str], S],
        dropped: Callable[[Namespace[S]], None] = lambda _space: None,
        *,
        kept: int = KEPT,
    ) -> None:
        self._new = new
        self._dropped = dropped
        self._kept = kept
        self._spaces: OrderedDict[str, Namespace[S]] = OrderedDict()

    def __getitem__(self, name: str) -> Namespace[S]:
        space = self._spaces.get(name)
        if space is not None:
            self._spaces.move_to_end(name)
            return space
        space = self._spaces[check_name(name)] = Namespace(name, self._new(name))
        if len(self._spaces) > self._kept:
            self._dropped(self._spaces.popitem(last=False)[1])
        return space

    def reset(self, name: str) -> Namespace[S]:
        """The namespace as new: no state, no journal, no faults."""
        if (old := self._spaces.pop(name, None)) is not None:
            self._dropped(old)
        return self[name]

    def names(self) -> list[str]:
        """Every namespace there is, in order of the alphabet."""
        return sorted(self._spaces)


def check_name(name: str) -> str:
    """The name itself. Raises `BadNamespace` for one that can't be."""
    if not _NAME.fullmatch(name):
        raise BadNamespace(
            f"{name[:200]!r} is no name of a namespace",
            "use 1 to 128 of the characters A-Z a-z 0-9 _ . -",
        )
    return name
