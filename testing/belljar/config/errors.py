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
from itertools import takewhile

from belljar.explained import explained

__all__ = ["BadSettings", "ConfigError", "Mistake", "nearest"]


# More than anybody reads.
SHOWN = 50


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
        lines = [f"{head}:", *map(str, self.mistakes[:SHOWN])]
        if count > SHOWN:
            lines.append(f"... and {count - SHOWN} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[BadSettings], tuple[list[Mistake]]]:
        # What is pickled is made again from what it was made of.
        return type(self), (self.mistakes,)


def nearest(name: str, known: Sequence[str]) -> str:
    """Give the known name that was meant, whatever its case; empty if none is near."""
    folded: dict[str, str] = {}
    for each in known:
        folded.setdefault(each.casefold(), each)
    wanted = name.casefold()
    for found in get_close_matches(wanted, list(folded), n=3, cutoff=0.6):
        if _slip(wanted, found):
            return folded[found]
    return ""


def _slip(name: str, meant: str) -> bool:
    """Whether one may be written for the other: the same but for a third, or with another end."""
    start = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(name, meant, strict=False))))
    if start >= 3 and start >= 0.6 * min(len(name), len(meant)):
        return True
    return _distance(name, meant) <= max(1, max(len(name), len(meant)) // 3)


def _distance(one: str, other: str) -> int:
    """Give how many letters are wrong, missing, too many or swapped."""
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, another in enumerate(other, 1):
            cost = min(above[column] + 1, here[-1] + 1, above[column - 1] + (letter != another))
            swapped = (
                row > 1 and column > 1 and one[row - 2] == another and letter == other[column - 2]
            )
            here.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, above = above, here
    return above[-1]
