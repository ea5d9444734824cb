"""`parse_duration`: seconds from `10s`, `1m30s`, `250ms` or a plain number of seconds."""

from __future__ import annotations

import re

from belljar.load.errors import BadDuration

__all__ = ["parse_duration"]

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def parse_duration(text: str) -> float:
    """The duration in seconds; raises `BadDuration` for anything but a positive one."""
    plain = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        seconds = float(plain)
    elif plain and re.fullmatch(rf"({_PART.pattern})+", plain):
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(plain))
    else:
        seconds = 0.0
    if seconds <= 0:
        raise BadDuration(
            f"{text!r} is no duration above zero: write 10s, 1m30s, 250ms or a number of seconds"
        )
    return seconds
