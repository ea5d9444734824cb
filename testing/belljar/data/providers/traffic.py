"""`TrafficProvider`: what requests between services carry: instants, JSON bodies, user agents, trace ids."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from belljar.data.draw import NOW
from belljar.data.errors import CannotMeet
from belljar.data.providers.base import OwnProvider

__all__ = ["TrafficProvider"]

_SPAN = re.compile(r"\s*([+-]?)(\d+)\s*([smhdw])\s*\Z")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SERVICES = ("billing", "catalog", "checkout", "inventory", "orders", "shipping")
_KEYS = (
    "amount",
    "count",
    "currency",
    "items",
    "label",
    "meta",
    "note",
    "state",
    "tags",
    "version",
)
_STATES = ("new", "open", "paid", "sent", "done", "failed")


class TrafficProvider(OwnProvider):
    """What a service gets and sends, whatever it is for."""

    __provider__ = "belljar.traffic"

    def instant(self, start: str = "-30d", end: str = "0s") -> datetime:
        """Give an instant in UTC, to the second, from `start` to `end`: told from `Draw.now`, not from the clock."""
        low, high = _seconds(start, "start"), _seconds(end, "end")
        if low > high:
            raise CannotMeet(
                f"{start!r} is after {end!r}",
                place="faker.instant",
                fix="say the earlier one first",
            )
        return NOW + timedelta(seconds=self.generator.random.randint(low, high))

    def iso_timestamp(self, start: str = "-30d", end: str = "0s") -> str:
        """Give an instant as text: 2025-06-02T09:15:00Z."""
        return f"{self.instant(start, end):%Y-%m-%dT%H:%M:%SZ}"

    def json_payload(self, keys: int = 4, depth: int = 2) -> dict[str, Any]:
        """Give what a request's body may be: `keys` keys, nested at most `depth` deep, all of JSON's types."""
        if not 0 <= keys <= len(_KEYS) or depth < 1:
            raise CannotMeet(
                f"{keys} keys, {depth} deep",
                place="faker.json_payload",
                choices=(f"keys from 0 to {len(_KEYS)}", "depth from 1"),
                fix="say json_payload(keys=4, depth=2)",
            )
        names = sorted(self.generator.random.sample(_KEYS, keys))
        return {name: self._json(keys, depth - 1) for name in names}

    def service_user_agent(self) -> str:
        """Give the user agent of a service's client: orders/2.14.1 (+https://orders.example.com)."""
        name, chance = self._draw(_SERVICES), self.generator.random
        version = f"{chance.randint(0, 9)}.{chance.randint(0, 30)}.{chance.randint(0, 9)}"
        return f"{name}/{version} (+https://{name}.example.com)"

    def trace_parent(self) -> str:
        """Give a W3C traceparent header: version, trace, span and flags; never all zeros."""
        chance = self.generator.random
        trace, span = chance.getrandbits(128) or 1, chance.getrandbits(64) or 1
        return f"00-{trace:032x}-{span:016x}-01"

    def _json(self, keys: int, depth: int) -> Any:
        chance = self.generator.random
        kind = chance.randrange(7 if depth else 5)
        if kind == 5:
            return [self._json(keys, depth - 1) for _ in range(chance.randint(0, 3))]
        if kind == 6:
            return self.json_payload(max(1, keys - 1), depth)
        plain = (self._draw(_STATES), chance.randint(0, 10_000), chance.random() < 0.5, None)
        return plain[kind] if kind < 4 else chance.randint(0, 10_000) / 100


def _seconds(text: str, name: str) -> int:
    match = _SPAN.match(text)
    if match is None:
        raise CannotMeet(
            f"{name}={text!r} is no span of time",
            place="faker.instant",
            choices=("a number and s, m, h, d or w", "'-30d'", "'+2h'"),
            fix="say instant('-30d', '0s')",
        )
    sign, number, unit = match.groups()
    return int(number) * _UNITS[unit] * (-1 if sign == "-" else 1)
