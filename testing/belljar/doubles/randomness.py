"""`Randomness`: what the fixture `randomness` gives; chance that is the same in every run of a test.

The seed is made of the test's name: not of the worker, the order or the clock. Seeded are `random`, `random.Random()`,
`secrets`, `uuid4`, `os.urandom` and, if it is imported, `numpy.random`. Not seeded are what C libraries draw
themselves (TLS, PostgreSQL), other processes, and the order of threads.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
from contextlib import ExitStack
from typing import Any

from belljar.doubles.errors import BadExpectation
from belljar.doubles.ledger import Ledger

__all__ = ["Randomness"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True


class Randomness:
    """Seeded chance. `seed` is the test's own; setting it begins anew."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        digest = hashlib.sha256(ledger.test.encode()).digest()
        self._seed = int.from_bytes(digest[:4], "big")
        self._patches = ExitStack()
        self._source = random.Random(self._seed)

    @property
    def seed(self) -> int:
        """What all is drawn from."""
        return self._seed

    @seed.setter
    def seed(self, seed: int) -> None:
        if not isinstance(seed, int):
            raise self._ledger.error(
                BadExpectation,
                f"randomness.seed = {seed!r}: that is no whole number",
                choices=["7"],
                fix="randomness.seed = 7",
            )
        self._seed = seed
        self._begin()

    def install(self) -> None:
        """Seed every source, and let those without a seed draw from ours."""
        self._patches.callback(random.setstate, random.getstate())
        if (numpy := sys.modules.get("numpy.random")) is not None:
            self._patches.callback(numpy.set_state, numpy.get_state())
        seed: Any = random.Random.seed

        def seeded(generator: Any, a: Any = None, version: int = 2) -> None:
            # Without a seed it would take one from the system.
            seed(generator, self._source.getrandbits(64) if a is None else a, version)

        self._replace(random.Random, "seed", seeded)
        self._replace(os, "urandom", self._bytes)
        # Under these names `secrets` and `SystemRandom` have it.
        self._replace(random, "_urandom", self._bytes)
        self._begin()

    def close(self) -> None:
        """Give chance back, each source in the state in which it was."""
        self._patches.close()

    def _begin(self) -> None:
        self._source.seed(self._seed)
        random.seed(self._seed)
        if (numpy := sys.modules.get("numpy.random")) is not None:
            numpy.seed(self._seed % 2**32)

    def _bytes(self, size: int) -> bytes:
        return self._source.randbytes(size)

    def _replace(self, owner: Any, name: str, new: Any) -> None:
        self._patches.callback(setattr, owner, name, getattr(owner, name))
        setattr(owner, name, new)
