"""The toxic `timeout`: data is lost, and the connection closed after `timeout` ms; 0: when it is removed."""

from __future__ import annotations

from random import Random

from belljar.mocks.proxy.attributes import Attribute
from belljar.mocks.proxy.items import End, Item
from belljar.mocks.proxy.registry import ToxicType, Values, register

__all__ = ["Timeout"]


class Timeout:
    """Passes no data. The time counts from when the toxic came to the connection."""

    ahead = 0

    def __init__(self, values: Values, random: Random) -> None:
        self._values = values

    def start(self, now: float) -> list[Item]:
        """The end of the connection, unless the timeout is 0."""
        timeout = float(self._values["timeout"]) / 1000
        return [Item(now + timeout, end=End.CLOSED)] if timeout else []

    def feed(self, item: Item) -> list[Item]:
        """Nothing of the data; what ends ends."""
        return [item] if item.end else []


register(ToxicType("timeout", (Attribute("timeout"),), Timeout))
