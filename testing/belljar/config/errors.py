"""Every error that belljar.config raises, in one tree.

    ConfigError
    └── BadSettings   the settings have mistakes; it has all of them, not the first

A `Mistake` names the place (file:line:column, variable, option), the key, the valid choices and the fix.
Values of secrets are never in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from belljar.explained import explained

__all__ = ["BadSettings", "ConfigError", "Mistake", "nearest"]


class ConfigError(Exception):
    """Settings can't be had."""


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with the settings; parts that are empty are left out."""

    place: str
    text: str
    choices: Sequence[str] = ()
    fix: str = ""

    def __str__(self) -> str:
        return explained(self.text, place=self.place, choices=self.choices, fix=self.fix)


class BadSettings(ConfigError):
    """The settings have mistakes: `mistakes` has all of them, in the order of the layers."""

    def __init__(self, mistakes: Sequence[Mistake], profile: str = "") -> None:
        self.mistakes = list({str(each): each for each in mistakes}.values())
        count = len(self.mistakes)
        head = f"{count} mistake{'s' * (count > 1)} in the settings"
        if profile:
            head += f" (profile {profile})"
        super().__init__("\n".join([f"{head}:", *map(str, self.mistakes)]))

    def __reduce__(self) -> tuple[type[BadSettings], tuple[list[Mistake]]]:
        # What is pickled is made again from what it was made of.
        return type(self), (self.mistakes,)


def nearest(name: str, known: Sequence[str]) -> str:
    """Give the known name that was meant, whatever its case; empty if none is near."""
    folded: dict[str, str] = {}
    for each in known:
        folded.setdefault(each.casefold(), each)
    found = get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else ""
