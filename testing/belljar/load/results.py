"""`Results`: what a run measured, request by request, and the figures made of it.

Percentiles are exact (nearest rank over all samples): nothing is bucketed or rounded before.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Endpoint", "Results"]


@dataclass(slots=True)
class Endpoint:
    """The samples of the requests that share a name."""

    name: str
    durations: array[float] = field(default_factory=lambda: array("d"))
    failures: int = 0

    @property
    def requests(self) -> int:
        """How many requests there were, failed ones included."""
        return len(self.durations)

    @property
    def failure_rate(self) -> float:
        """The share of requests that failed, from 0 to 1; 0 without requests."""
        return self.failures / self.requests if self.requests else 0.0

    def percentile(self, percent: float) -> float:
        """The duration in milliseconds that `percent` of the requests did not exceed.

        NaN without samples, which no threshold accepts.
        """
        ordered = sorted(self.durations)
        if not ordered:
            return math.nan
        return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]

    @property
    def average(self) -> float:
        """The mean duration in milliseconds; NaN without samples."""
        return math.fsum(self.durations) / self.requests if self.requests else math.nan

    @property
    def minimum(self) -> float:
        """The shortest duration in milliseconds; NaN without samples."""
        return min(self.durations, default=math.nan)

    @property
    def maximum(self) -> float:
        """The longest duration in milliseconds; NaN without samples."""
        return max(self.durations, default=math.nan)


@dataclass(frozen=True, slots=True)
class Results:
    """Everything that one run measured."""

    endpoints: Mapping[str, Endpoint]
    seconds: float
    errors: Sequence[tuple[str, str, int]] = ()
    """Name, message and count of the failures, most frequent first."""

    def total(self) -> Endpoint:
        """All requests together."""
        total = Endpoint("total")
        for endpoint in self.endpoints.values():
            total.durations.extend(endpoint.durations)
            total.failures += endpoint.failures
        return total

    def named(self, name: str | None) -> Endpoint:
        """The requests of that name, none if there were none; without a name, all of them."""
        if name is None:
            return self.total()
        return self.endpoints.get(name, Endpoint(name))

    def rate(self, endpoint: Endpoint) -> float:
        """The requests of an endpoint per second."""
        return endpoint.requests / self.seconds if self.seconds > 0 else 0.0
