"""The toxic `reset_peer`: the connection is reset `timeout` milliseconds after data came."""

from __future__ import annotations

from random import Random

from belljar.mocks.proxy.attributes import Attribute
from belljar.mocks.proxy.items import End, Item
from belljar.mocks.proxy.registry import ToxicType, Values, register

__all__ = ["ResetPeer"]


class ResetPeer:
    """Resets both sides at the first data of its direction; that data is lost."""

    ahead = 0

    def __init__(self, values: Values, random: Random) -> None:
        self._values = values
        self._done = False

    def start(self, now: float) -> list[Item]:
        """Nothing happens without data."""
        return []

    def feed(self, item: Item) -> list[Item]:
        """The reset, once."""
        if self._done:
            return []
        self._done = True
        return [Item(item.due + float(self._values["timeout"]) / 1000, end=End.RESET)]


register(ToxicType("reset_peer", (Attribute("timeout"),), ResetPeer))
