"""`pattern`: what matches a text in which `*` stands for any; `alike`: the same for all texts in a JSON value."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["alike", "pattern"]


def pattern(text: str) -> re.Pattern[str]:
    """Give the expression; `fullmatch` is to be asked."""
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)


def alike(came: Any, expected: Any) -> bool:
    """Tell whether a value is as expected, text by text; numbers, truth and the names of fields are exact."""
    if isinstance(expected, str):
        return isinstance(came, str) and pattern(expected).fullmatch(came) is not None
    if isinstance(expected, dict):
        return (
            isinstance(came, dict)
            and came.keys() == expected.keys()
            and all(alike(came[name], value) for name, value in expected.items())
        )
    if isinstance(expected, list | tuple):
        return (
            isinstance(came, list)
            and len(came) == len(expected)
            and all(alike(*pair) for pair in zip(came, expected, strict=True))
        )
    return bool(expected == came)
