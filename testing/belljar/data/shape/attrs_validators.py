"""`said_by`: what the validators of an attrs field say of its values, and of the items in it."""

from __future__ import annotations

from typing import Any

from belljar.data.shape.limits import NO_LIMITS, Limits

__all__ = ["said_by"]

_BOUNDS = {">=": "low", ">": "low", "<=": "high", "<": "high"}


def said_by(validator: Any) -> tuple[Limits, Limits]:
    """Return the limits of the value, and of its items; none for what is the team's own function."""
    limits, items = NO_LIMITS, NO_LIMITS
    kind = type(validator).__name__
    if not type(validator).__module__.startswith("attr"):
        return limits, items
    if kind == "_AndValidator":
        for one in validator._validators:
            said, inside = said_by(one)
            limits, items = limits.both(said), items.both(inside)
    elif kind == "_OptionalValidator":
        inner = validator.validator
        for one in inner if isinstance(inner, list | tuple) else (inner,):
            limits = limits.both(said_by(one)[0])
    elif kind == "_DeepIterable":
        items = said_by(validator.member_validator)[0]
        if validator.iterable_validator is not None:
            limits = said_by(validator.iterable_validator)[0]
    elif kind == "_InValidator":
        options = validator.options
        limits = Limits(choices=tuple(options))
    elif kind == "_NumberValidator" and validator.compare_op in _BOUNDS:
        left_out = len(validator.compare_op) == 1
        if _BOUNDS[validator.compare_op] == "low":
            limits = Limits(low=validator.bound, above=left_out)
        else:
            limits = Limits(high=validator.bound, below=left_out)
    elif kind == "_MinLengthValidator":
        limits = Limits(min_length=validator.min_length)
    elif kind == "_MaxLengthValidator":
        limits = Limits(max_length=validator.max_length)
    elif kind == "_MatchesReValidator" and _is_whole(validator):
        limits = Limits(pattern=f"^(?:{validator.pattern.pattern})$")
    return limits, items


def _is_whole(validator: Any) -> bool:
    """Whether a pattern is for the whole text, and says nothing by flags."""
    return "fullmatch" in repr(validator.match_func) and not validator.pattern.flags & ~32
