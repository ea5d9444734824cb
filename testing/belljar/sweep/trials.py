"""`Trial`: a kind of fault as the sweep tries it, with its parameters; `trials_for` those of a family.

trials_for("http")   # -> [Trial("status 503", "status", {"status": 503}), Trial("timeout", ...), ...]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from belljar.faults.kind import Kind, kinds
from belljar.faults.parameters import REQUIRED, closest
from belljar.sweep.errors import BadSweepOption

__all__ = ["Trial", "check_kinds", "trials_for"]


@dataclass(frozen=True)
class Trial:
    """A column of the matrix: `name` as it is shown, `kind` and `values` as the plan has them."""

    name: str
    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def harmless(self) -> bool:
        """Whether the call works and its answer arrives whole, only later, in pieces or again."""
        return self.kind in HARMLESS


# Of each kind that needs parameters, those that make it felt and cost little time.
VALUES: dict[str, tuple[Mapping[str, Any], ...]] = {
    "status": ({"status": 503},),
    "rate_limit": ({"retry_after": 0},),
    "latency": ({"mean": 0.1},),
    "cut": ({"after": 20},),
    "slow": ({"bytes_per_second": 4000.0},),
    "slice": ({"size": 16, "delay": 0.001},),
    "delay": ({"seconds": 0.3},),
    "smtp": ({"code": 451}, {"code": 550}),
    "sql_error": ({"sqlstate": "40001"},),
    "file_error": ({"errno": "ENOSPC"},),
    "short_write": ({"size": 10},),
}
# The answers of these are shorter.
SHORT = {"cut": ({"after": 2},)}
SHORT_FAMILIES = frozenset(("postgres", "valkey", "smtp"))
HARMLESS = frozenset(("latency", "slow", "slice", "delay", "duplicate", "reorder"))
# A mock that ends forgets what it was told: nobody could say what is corrupted.
LEFT_OUT = frozenset(("kill", "restart"))
# At a server that has accepted, it is `reset` again; a statement is on a connection that there is.
SAME_AS_RESET = frozenset(("http", "storage", "smtp", "postgres", "valkey"))
# Of the columns; what is not here comes behind, by name.
ORDER = (
    "status",
    "rate_limit",
    "slow_down",
    "smtp",
    "sql_error",
    "valkey_error",
    "reset",
    "refuse",
    "lose_answer",
    "timeout",
    "latency",
    "cut",
    "slow",
    "slice",
    "garbage",
    "malformed_json",
    "truncated_json",
    "wrong_content_length",
)


def trials_for(family: str, asked: Sequence[str] = ()) -> list[Trial]:
    """Give what is tried at a boundary of that family; `asked` are the kinds to keep to, if there are any."""
    found = []
    for kind in sorted(kinds().values(), key=_place):
        if family not in kind.fits or (asked and kind.name not in asked):
            continue
        if not asked and (
            kind.name in LEFT_OUT or (kind.name == "refuse" and family in SAME_AS_RESET)
        ):
            continue
        found += _trials(kind, family)
    return found


def check_kinds(asked: Sequence[str]) -> None:
    """Refuse a kind that there is not, or that the sweep has no parameters for."""
    known = {name: kind for name, kind in kinds().items() if _trials(kind)}
    for name in asked:
        if name not in known:
            meant = closest(name, tuple(known))
            raise BadSweepOption(
                f"--sweep-kinds: {name!r} is no kind of fault that can be swept",
                choices=sorted(known),
                fix=f"write {meant!r}" if meant else "choose among these",
            )


def _trials(kind: Kind, family: str = "") -> list[Trial]:
    variants = VALUES.get(kind.name)
    if family in SHORT_FAMILIES:
        variants = SHORT.get(kind.name, variants)
    if variants is None:
        # One of a team's own, too, if it needs nothing to be said.
        needs = any(parameter.default is REQUIRED for parameter in kind.parameters)
        return [] if needs else [Trial(kind.name, kind.name)]
    return [Trial(_name(kind.name, values), kind.name, values) for values in variants]


def _name(kind: str, values: Mapping[str, Any]) -> str:
    telling = values.get("status") or values.get("code")
    return f"{kind} {telling}" if telling else kind


def _place(kind: Kind) -> tuple[int, str]:
    return (ORDER.index(kind.name) if kind.name in ORDER else len(ORDER), kind.name)
