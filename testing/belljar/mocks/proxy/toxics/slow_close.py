"""The toxic `slow_close`: the end of the data arrives `delay` milliseconds late."""

from __future__ import annotations

from random import Random

from belljar.mocks.proxy.attributes import Attribute
from belljar.mocks.proxy.items import End, Item
from belljar.mocks.proxy.registry import ToxicType, Values, register

__all__ = ["SlowClose"]


class SlowClose:
    """Passes data at once, and its end later."""

    ahead = 0

    def __init__(self, values: Values, random: Random) -> None:
        self._values = values

    def start(self, now: float) -> list[Item]:
        """Nothing happens without data."""
        return []

    def feed(self, item: Item) -> list[Item]:
        """The same; an orderly end later."""
        if item.end in (None, End.RESET):
            return [item]
        return [item._replace(due=item.due + float(self._values["delay"]) / 1000)]


register(ToxicType("slow_close", (Attribute("delay"),), SlowClose))
