"""Calls, and whether a fault is meant for one.

    Call("POST", "/v1/charges")
    matches({"method": "post", "path": "/v1/*"}, call)

`*` stands for any text. Verbs (method, verb, command, operation) and statements match in any case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

__all__ = ["Call", "matches"]

_ANY_CASE = frozenset(("method", "verb", "command", "operation", "statement", "host"))


@dataclass(frozen=True)
class Call:
    """A call at a boundary: a request, a statement, a command, a delivery."""

    method: str = ""
    path: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)

    def get(self, key: str) -> str:
        """Give the value of a key of `match`."""
        if key in self.attributes:
            return self.attributes[key]
        if key in ("method", "verb", "command", "operation", "event"):
            return self.method
        # A query is a key of its own: who matches a path does not mean it.
        return self.path.partition("?")[0] if key == "path" else ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.method, self.path))) or "call"


def matches(match: Mapping[str, str], call: Call) -> bool:
    """Tell whether every key of `match` is as in the call."""
    return all(_pattern(key, text)(call.get(key)) is not None for key, text in match.items())


@lru_cache(maxsize=1024)
def _pattern(key: str, text: str):  # type: ignore[no-untyped-def]  # a bound method of re.Pattern
    parts = ".*".join(re.escape(part) for part in text.split("*"))
    flags = re.DOTALL | (re.IGNORECASE if key in _ANY_CASE else 0)
    return re.compile(parts, flags).fullmatch
