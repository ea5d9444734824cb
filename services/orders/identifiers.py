"""Identifiers that sort by age (`ord_01J…`), and the clock that they and all timestamps come from.

An identifier is a prefix and 26 characters: 48 bits of milliseconds, 80 of randomness, in
Crockford's base 32. Sorting by identifier is sorting by time, which makes it the cursor of every
listing. Clock and randomness are arguments, so that a test can hold both still.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""A function that returns the present time, with time zone."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def utc_now() -> datetime:
    """The present time in UTC: the clock of the real process."""
    return datetime.now(UTC)


class IdentifierFactory:
    """Gives out new identifiers; safe to share between threads."""

    def __init__(
        self, clock: Clock = utc_now, random_bits: Callable[[int], int] = secrets.randbits
    ) -> None:
        """Take time from `clock` and randomness from `random_bits`."""
        self._clock = clock
        self._random_bits = random_bits

    def new(self, prefix: str) -> str:
        """A new identifier, such as `prd_01JD3Z…` for the prefix `prd`."""
        milliseconds = int(self._clock().timestamp() * 1000)
        number = (milliseconds << 80) | self._random_bits(80)
        return f"{prefix}_" + "".join(
            _ALPHABET[(number >> shift) & 31] for shift in range(125, -5, -5)
        )
