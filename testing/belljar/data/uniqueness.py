"""`Unique`: values that no other test has, and that don't repeat in this one.

A text carries a tag, ten characters made of the test's name: two of 100 000 tests have the same one with a
probability of 1 in 200 000. Within the test a count is put before it.
"""

from __future__ import annotations

import hashlib
import math
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from belljar.data.errors import CannotMeet, Exhausted
from belljar.data.tagging import tagged

if TYPE_CHECKING:
    from belljar.data.fingerprint import Tally

__all__ = ["Unique"]

T = TypeVar("T")

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_LENGTH = 10


class Unique:
    """Gives values of one test, or of one part of it, by its key of 64 bits."""

    def __init__(self, key: int, tally: Tally | None = None) -> None:
        self._key = key
        self._tally = tally
        self._texts = 0
        self._uuids = 0
        self._ranges: dict[tuple[int, int], _Range] = {}

    @cached_property
    def tag(self) -> str:
        """The tag of this test's texts: the lowest 50 bits of the key."""
        return "".join(_ALPHABET[(self._key >> (5 * place)) & 31] for place in range(_LENGTH))

    def text(self, base: str = "", max_length: int | None = None) -> str:
        """Give `base` with the tag and a count: in an e-mail address, a host name or a URL where these stay valid.

        A longer base is cut to `max_length`; one that has no room for the tag raises CannotMeet.
        """
        count = str(self._texts) if self._texts else ""
        text = tagged(base, count + self.tag, max_length)
        if text is None:
            raise CannotMeet(
                f"there is no room for a tag in {max_length} characters: {base!r} needs "
                f"{_shortest(base, count + self.tag)} at least",
                place="unique.text",
                choices=("max_length=None", f"max_length={_shortest(base, count + self.tag)}"),
                fix="make room, or give the value yourself, with unique.integer in it if it is a number",
            )
        self._texts += 1
        return self._noted(text)

    def integer(self, low: int, high: int) -> int:
        """Give a number from `low` to `high`, both included, that this has not given before.

        Tests walk through the range on one path, each from a place of its own: among 100 000 tests with ten numbers
        each, two share one with a probability of 1 in 95 000 where the range is 2**53; in smaller ranges it is
        likelier as they are smaller, and below 2**36 it will happen. No more left raises Exhausted.
        """
        if low > high:
            raise CannotMeet(
                f"there is no number from {low} to {high}",
                place="unique.integer",
                fix=f"say unique.integer({high}, {low})",
            )
        ours = self._ranges.get((low, high))
        if ours is None:
            ours = self._ranges[low, high] = _Range(low, high, self._hashed(f"{low} {high}"))
        others = [other for other in self._ranges.values() if other is not ours]
        while ours.given < ours.size:
            number = ours.take()
            if not any(other.gave(number) for other in others):
                return self._noted(number)
        raise Exhausted(
            f"all {ours.size} numbers from {low} to {high} were given already",
            place="unique.integer",
            fix="widen the range, or use the numbers that there are",
        )

    def uuid(self) -> UUID:
        """Give a UUID of version 4."""
        self._uuids += 1
        return self._noted(UUID(int=self._hashed(f"uuid {self._uuids}"), version=4))

    def _noted(self, value: T) -> T:
        if self._tally is not None:
            self._tally.note("unique", value)
        return value

    def _hashed(self, text: str) -> int:
        digest = hashlib.blake2b(
            text.encode(),
            digest_size=16,
            key=self._key.to_bytes(8, "big"),
            person=b"belljar.unique",
        )
        return int.from_bytes(digest.digest(), "big")


class _Range:
    """The numbers of a range in a mixed order that is the same for all tests, from a place of this test's own."""

    def __init__(self, low: int, high: int, start: int) -> None:
        self.low = low
        self.size = high - low + 1
        self.start = start % self.size
        self.given = 0
        # Near the golden section, which spreads neighbours widest.
        self._step = max(1, self.size * 618_033_988_749_895 // 10**15)
        while math.gcd(self._step, self.size) != 1:
            self._step += 1
        self._back = pow(self._step, -1, self.size) if self.size > 1 else 0

    def take(self) -> int:
        place = self.start + self.given
        self.given += 1
        return self.low + place * self._step % self.size

    def gave(self, number: int) -> bool:
        offset = number - self.low
        if not 0 <= offset < self.size:
            return False
        return (offset * self._back - self.start) % self.size < self.given


def _shortest(base: str, tag: str) -> int:
    length = len(tag)
    while tagged(base, tag, length) is None:
        length += 1
    return length
