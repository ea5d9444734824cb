"""Every error of the registry, in one tree.

    MockError
    └── RegistryError
        ├── BadEntry         an entry that can't be one, or is asked for what it does not have
        ├── NameTaken        two entries of one name
        ├── UnknownEntry     no entry has that name
        └── UnknownScenario  the entry has no such scenario
    FallbackBroken           the code does not do what its fallback says: a failed test

Each names the entry, the choices and the fix.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from belljar.mocks.errors import MockError

__all__ = [
    "BadEntry",
    "FallbackBroken",
    "NameTaken",
    "RegistryError",
    "UnknownEntry",
    "UnknownScenario",
    "nearest",
]


class RegistryError(MockError):
    """Something is wrong with an entry, said so that it can be mended."""

    def __init__(self, summary: str, *, choices: Iterable[str] = (), fix: str = "") -> None:
        lines = [summary]
        if there := ", ".join(choices):
            lines.append(f"  choices: {there}")
        if fix:
            lines.append(f"  fix: {fix}")
        super().__init__("\n".join(lines))


class BadEntry(RegistryError):
    """An entry that can't be one, or is asked for what it does not have."""


class NameTaken(RegistryError):
    """Two entries of one name."""


class UnknownEntry(RegistryError):
    """No entry has that name."""


class UnknownScenario(RegistryError):
    """The entry has no scenario of that name."""


class FallbackBroken(AssertionError):
    """The code under test does not do what its fallback says."""


def nearest(name: object, choices: Iterable[str], otherwise: str) -> str:
    """Return a fix that names what was probably meant."""
    found = get_close_matches(str(name), list(choices), 1)
    return f"write {found[0]!r}" if found else otherwise
