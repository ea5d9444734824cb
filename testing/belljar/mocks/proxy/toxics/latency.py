"""The toxic `latency`: data arrives later by `latency` ± `jitter` milliseconds."""

from __future__ import annotations

from random import Random

from belljar.mocks.proxy.attributes import Attribute
from belljar.mocks.proxy.items import Item
from belljar.mocks.proxy.registry import ToxicType, Values, register

__all__ = ["Latency"]


class Latency:
    """Delays each piece of data; much may be on its way at a time, as on a long wire."""

    ahead = 4 << 20

    def __init__(self, values: Values, random: Random) -> None:
        self._values = values
        self._random = random

    def start(self, now: float) -> list[Item]:
        """Nothing happens without data."""
        return []

    def feed(self, item: Item) -> list[Item]:
        """The same, later."""
        latency, jitter = float(self._values["latency"]), float(self._values["jitter"])
        if jitter:
            latency += self._random.uniform(-jitter, jitter)
        return [item._replace(due=item.due + max(latency, 0) / 1000)]


register(ToxicType("latency", (Attribute("latency"), Attribute("jitter")), Latency))
