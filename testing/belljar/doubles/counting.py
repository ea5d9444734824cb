"""`often`: how many times something is expected, in words; `counted`: a count that a test gives, if it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from belljar.doubles.errors import BadExpectation

if TYPE_CHECKING:
    from belljar.doubles.ledger import Ledger

__all__ = ["FOREVER", "counted", "often"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

FOREVER = 1_000_000_000


def often(least: int, most: int | None = None) -> str:
    """Give `once`, `3 times`, `never`, `at least twice`, `any number of times`."""
    most = least if most is None else most
    if least == 0 and most >= FOREVER:
        return "any number of times"
    text = {0: "never", 1: "once", 2: "twice"}.get(least, f"{least} times")
    return f"at least {text}" if most >= FOREVER else text


def counted(ledger: Ledger, method: str, count: object) -> int:
    """Give the count; what is none is refused here, and not first when the test ends."""
    if isinstance(count, int) and not isinstance(count, bool) and count >= 0:
        return count
    raise ledger.error(
        BadExpectation,
        f".{method}({count!r}): that is no count",
        choices=[f".{method}(0)", f".{method}(2)", ".any_number()"],
        fix="say a whole number, 0 or more",
    )
