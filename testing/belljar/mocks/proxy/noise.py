"""`noise_of`: bytes that mean nothing in any protocol, the same for the same throw of a die."""

from __future__ import annotations

from random import Random

__all__ = ["noise_of"]

USUAL = 64


def noise_of(case: float, size: int) -> bytes:
    """Return `size` bytes (64 where it is 0) that are no text, no message's kind and no line's end."""
    random = Random(str(case))
    return bytes(random.randrange(128, 256) for _ in range(size or USUAL))
