"""`Explained`: an error that says what is wrong, where, what is valid there, and what to do."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Explained", "explained"]


def explained(summary: str, *, place: str = "", choices: Iterable[str] = (), fix: str = "") -> str:
    """Give it as a message has it; parts that are empty are left out."""
    lines = [f"{place}: {summary}" if place else summary]
    if listed := ", ".join(choices):
        lines.append(f"  valid: {listed}")
    if fix:
        lines.append(f"  fix:   {fix}")
    return "\n".join(lines)


class Explained(Exception):
    """Something is wrong, said so that it can be mended.

    `place` is where it was said (`--data-seed`, `customers.csv:3:7`, `faults[2].with.status`); `choices` are what is
    valid there.
    """

    def __init__(
        self, summary: str, *, place: str = "", choices: Iterable[str] = (), fix: str = ""
    ) -> None:
        self.summary = summary
        self.place = place
        self.choices = tuple(choices)
        self.fix = fix
        super().__init__(explained(summary, place=place, choices=self.choices, fix=fix))
