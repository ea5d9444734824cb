"""`Gate`: a toxic on one direction of one connection, open or shut by its count."""

from __future__ import annotations

from belljar.mocks.proxy.items import NEVER, Item, Stage
from belljar.mocks.proxy.toxic import Toxic

__all__ = ["Gate"]


class Gate:
    """Sends items through a toxic's stage while the toxic happens to this connection or request."""

    def __init__(self, toxic: Toxic) -> None:
        self.toxic = toxic
        self._stage: Stage | None = None
        self._last = 0.0
        if not toxic.per_request:
            self._claim()

    @property
    def active(self) -> bool:
        """Whether the toxic happens here now."""
        return self._stage is not None

    @property
    def ahead(self) -> int:
        """How many bytes it may hold back."""
        return self._stage.ahead if self._stage else 0

    def turn(self, now: float) -> list[Item]:
        """Begin the next request; return what happens without data."""
        self._claim()
        return self.start(now)

    def start(self, now: float) -> list[Item]:
        """Return what happens without data, now that the toxic is here or has changed."""
        return self._stage.start(now) if self._stage else []

    def feed(self, item: Item) -> list[Item]:
        """Return what becomes of an item. Data never overtakes data: jitter, and shut gates, wait."""
        items = self._stage.feed(item) if self._stage else [item]
        ordered = []
        for one in items:
            due = max(one.due, self._last)
            ordered.append(one if due == one.due else one._replace(due=due))
            if one.end is None:
                self._last = due
        return ordered

    def release(self, now: float) -> None:
        """Forget when held data was due: it has been let go."""
        if self._last == NEVER or self._last > now:
            self._last = now

    def _claim(self) -> None:
        random = self.toxic.claim()
        make = self.toxic.kind.stage
        self._stage = make(self.toxic.values, random) if random and make else None
