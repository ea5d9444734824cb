"""The toxic `limit_data`: the connection is closed when `bytes` bytes went through."""

from __future__ import annotations

from random import Random

from belljar.mocks.proxy.attributes import Attribute
from belljar.mocks.proxy.items import End, Item
from belljar.mocks.proxy.registry import ToxicType, Values, register

__all__ = ["LimitData"]


class LimitData:
    """Passes so many bytes of a connection, then its end."""

    ahead = 0

    def __init__(self, values: Values, random: Random) -> None:
        self._values = values
        self._passed = 0
        self._closed = False

    def start(self, now: float) -> list[Item]:
        """Nothing happens without data, with a limit of 0 either."""
        return []

    def feed(self, item: Item) -> list[Item]:
        """As much as is left, then the end."""
        if self._closed:
            return []
        if item.end:
            return [item]
        limit = int(self._values["bytes"])
        data = item.data[: max(limit - self._passed, 0)]
        self._passed += len(data)
        items = [Item(item.due, data)] if data else []
        if self._passed >= limit:
            self._closed = True
            items.append(Item(item.due, end=End.CLOSED))
        return items


register(ToxicType("limit_data", (Attribute("bytes"),), LimitData))
