"""`often`: how many times something is expected, in words."""

from __future__ import annotations

__all__ = ["FOREVER", "often"]

FOREVER = 1_000_000_000


def often(least: int, most: int | None = None) -> str:
    """Give `once`, `3 times`, `never`, `at least twice`, `any number of times`."""
    most = least if most is None else most
    if least == 0 and most >= FOREVER:
        return "any number of times"
    text = {0: "never", 1: "once", 2: "twice"}.get(least, f"{least} times")
    return f"at least {text}" if most >= FOREVER else text
