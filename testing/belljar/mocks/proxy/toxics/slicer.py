"""The toxic `slicer`: data in slices of `average_size` ± `size_variation` bytes, `delay` µs apart."""

from __future__ import annotations

from random import Random

from belljar.mocks.proxy.attributes import Attribute
from belljar.mocks.proxy.errors import BadAttributes
from belljar.mocks.proxy.items import Item
from belljar.mocks.proxy.registry import ToxicType, Values, register

__all__ = ["Slicer"]


class Slicer:
    """Cuts each piece of data in slices, each passed on by itself."""

    ahead = 64 << 10

    def __init__(self, values: Values, random: Random) -> None:
        self._values = values
        self._random = random
        self._free = 0.0  # when the slice after the last one may go

    def start(self, now: float) -> list[Item]:
        """Nothing happens without data."""
        return []

    def feed(self, item: Item) -> list[Item]:
        """The slices, each due a delay after the one before."""
        if item.end:
            return [item]
        average, variation = int(self._values["average_size"]), int(self._values["size_variation"])
        delay = float(self._values["delay"]) / 1e6
        items, begin = [], 0
        while begin < len(item.data):
            size = average + self._random.randint(-variation, variation)
            due = max(item.due, self._free)
            items.append(Item(due, item.data[begin : begin + size]))
            begin += size
            self._free = due + delay
        return items


def _check(values: Values) -> None:
    if float(values["size_variation"]) >= float(values["average_size"]):
        raise BadAttributes(
            f"bad request body: attribute 'size_variation' of toxic type 'slicer' is "
            f"{values['size_variation']}",
            f"give less than average_size, which is {values['average_size']}",
        )


register(
    ToxicType(
        "slicer",
        (
            Attribute("average_size", default=1, minimum=1),
            Attribute("size_variation"),
            Attribute("delay"),
        ),
        Slicer,
        check=_check,
    )
)
