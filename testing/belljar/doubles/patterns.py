"""`pattern`: what matches a text in which `*` stands for any."""

from __future__ import annotations

import re

__all__ = ["pattern"]


def pattern(text: str) -> re.Pattern[str]:
    """Give the expression; `fullmatch` is to be asked."""
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
