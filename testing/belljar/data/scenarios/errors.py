"""`BadScenario`: all that is wrong with a scenario, each mistake with its place and its fix.

    DataError
    └── BadScenario    a scenario that is not there, cannot be read, or does not fit the schema

Nothing was written when it is raised.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from belljar.data.errors import DataError

__all__ = ["MOST_SHOWN", "BadScenario", "Mistake", "brief", "nearest", "shortened"]

MOST_SHOWN = 50
_WIDEST = 60
# Of a database's words, which may hold the whole value.
_LONGEST = 300


@dataclass(frozen=True)
class Mistake:
    """One mistake: where (`file:line:column`), what, and what to do about it."""

    place: str
    text: str
    fix: str = ""

    def __str__(self) -> str:
        fix = f"\n  fix: {self.fix}" if self.fix else ""
        return f"{self.place}: {self.text}{fix}"


class BadScenario(DataError):
    """A scenario cannot be loaded; `mistakes` are all that were found."""

    def __init__(self, name: str, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = f"{len(mistakes)} mistakes" if len(mistakes) > 1 else "1 mistake"
        lines = [f"the scenario {name} has {count}; nothing was written"]
        lines += [str(mistake) for mistake in mistakes[:MOST_SHOWN]]
        if len(mistakes) > MOST_SHOWN:
            lines.append(f"... and {len(mistakes) - MOST_SHOWN} more")
        super().__init__("\n".join(lines))


def nearest(name: str, known: Iterable[str], most: int = 12) -> str:
    """Return the fix for an unknown name: the nearest known one, else all of them.

    The case of letters is no difference, nor is the schema that a known name has before its dot.
    """
    names = sorted(known)
    alike = [one for one in names if one.lower() == name.lower()]
    alike += [one for one in names if one.rpartition(".")[2].lower() == name.lower()]
    if len(set(alike)) > 1:
        return f"one of: {', '.join(dict.fromkeys(alike))}"
    near = alike or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    shown = ", ".join(names[:most]) + (", ..." if len(names) > most else "")
    return f"one of: {shown}" if names else "there are none"


def brief(text: str) -> str:
    """Return a database's words, cut where they hold more than anybody reads."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def shortened(value: object) -> str:
    """Return a value as it stands in a message: on one line, and not longer than one."""
    if isinstance(value, (bool, int, Decimal)):
        return str(value)
    text = value if isinstance(value, str) else str(value)
    text = " ".join(text.split()) if text.strip() else text
    return repr(text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}...")
