"""The toxic `bandwidth`: no more than `rate` kilobytes a second; with 0 nothing passes."""

from __future__ import annotations

from random import Random

from belljar.mocks.proxy.attributes import Attribute
from belljar.mocks.proxy.items import NEVER, Item
from belljar.mocks.proxy.registry import ToxicType, Values, register

__all__ = ["Bandwidth"]

# Seconds between two pieces of one that is too big for the rate.
_INTERVAL = 0.1


class Bandwidth:
    """Passes data on no faster than the rate, large pieces in tenths of a second."""

    ahead = 64 << 10

    def __init__(self, values: Values, random: Random) -> None:
        self._values = values
        self._free = 0.0  # when what was sent before is through

    def start(self, now: float) -> list[Item]:
        """Nothing happens without data."""
        return []

    def feed(self, item: Item) -> list[Item]:
        """The data in pieces, each due when all of it could have come through."""
        rate = float(self._values["rate"]) * 1000
        if not rate:
            return [item._replace(due=NEVER)]
        if item.end:
            return [item._replace(due=max(item.due, self._free))]
        size = max(int(rate * _INTERVAL), 1)
        items = []
        for begin in range(0, len(item.data), size):
            piece = item.data[begin : begin + size]
            self._free = max(self._free, item.due) + len(piece) / rate
            items.append(Item(self._free, piece))
        return items


register(ToxicType("bandwidth", (Attribute("rate"),), Bandwidth))
