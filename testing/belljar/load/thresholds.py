"""`Threshold`: a limit that a run has to keep, in the grammar of k6.

    THRESHOLDS = (
        Threshold("http_req_duration", "p(95)<250"),
        Threshold("http_req_duration", "p(99)<400", name="GET /products/[id]"),
        Threshold("http_req_failed", "rate<0.01"),
        Threshold("http_reqs", "count>=100"),
    )

| metric | unit | figures |
|---|---|---|
| `http_req_duration` | milliseconds | `avg`, `min`, `med`, `max`, `p(N)` |
| `http_req_failed` | share from 0 to 1, or requests | `rate`, `count` |
| `http_reqs` | requests per second, or requests | `rate`, `count` |

`name` narrows a threshold to the requests of that name.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from belljar.load.errors import BadThreshold
from belljar.load.results import Endpoint, Results

__all__ = ["Threshold", "Verdict"]

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}
_FIGURES: Mapping[str, tuple[str, ...]] = {
    "http_req_duration": ("avg", "min", "med", "max", "p(N)"),
    "http_req_failed": ("rate", "count"),
    "http_reqs": ("rate", "count"),
}
_LIMIT = re.compile(
    r"\s*(?P<figure>avg|min|med|max|rate|count|p\(\s*(?P<percent>\d+(?:\.\d+)?)\s*\))"
    r"\s*(?P<operator><=|>=|==|<|>)\s*(?P<bound>\d+(?:\.\d+)?)\s*"
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric, a limit such as `p(95)<250`, and the name of the requests (default: all).

    Raises `BadThreshold` when it is made, not after the run.
    """

    metric: str
    limit: str
    name: str | None = None

    def __post_init__(self) -> None:
        """Refuse what does not follow the grammar."""
        figures = _FIGURES.get(self.metric)
        if figures is None:
            raise BadThreshold(
                f"threshold metric {self.metric!r} is unknown: choose one of {', '.join(_FIGURES)}"
            )
        match = _LIMIT.fullmatch(self.limit)
        if match is None:
            raise BadThreshold(
                f"threshold limit {self.limit!r} of {self.metric} is not understood: write a "
                f"figure ({', '.join(figures)}), an operator ({' '.join(_OPERATORS)}) and a "
                f"number, such as {_example(self.metric)!r}"
            )
        figure = "p(N)" if match["percent"] else match["figure"]
        if figure not in figures:
            raise BadThreshold(
                f"threshold limit {self.limit!r}: {self.metric} has no {figure!r}, "
                f"it has {', '.join(figures)}"
            )
        if match["percent"] and not 0 < float(match["percent"]) <= 100:
            raise BadThreshold(
                f"threshold limit {self.limit!r}: a percentile lies above 0 and up to 100"
            )

    def __str__(self) -> str:
        """The threshold as it was written, with the name that it is narrowed to."""
        narrowed = f"{{{self.name}}}" if self.name else ""
        return f"{self.metric}{narrowed} {self.limit}"

    def check(self, results: Results) -> Verdict:
        """The verdict on a run; a figure without samples never passes."""
        endpoint = results.named(self.name)
        match = _LIMIT.fullmatch(self.limit)
        if match is None:
            raise BadThreshold(f"threshold limit {self.limit!r} is not understood")
        value = _figure(self.metric, match["figure"], match["percent"], endpoint, results)
        passed = (
            endpoint.requests > 0
            and not math.isnan(value)
            and _OPERATORS[match["operator"]](value, float(match["bound"]))
        )
        return Verdict(self, value, passed, endpoint.requests)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a threshold was kept, the value that was measured, and over how many requests."""

    threshold: Threshold
    value: float
    passed: bool
    requests: int


def _figure(
    metric: str, figure: str, percent: str | None, endpoint: Endpoint, results: Results
) -> float:
    if metric == "http_reqs":
        return results.rate(endpoint) if figure == "rate" else float(endpoint.requests)
    if metric == "http_req_failed":
        return endpoint.failure_rate if figure == "rate" else float(endpoint.failures)
    if percent is not None:
        return endpoint.percentile(float(percent))
    if figure == "med":
        return endpoint.percentile(50)
    return {"avg": endpoint.average, "min": endpoint.minimum, "max": endpoint.maximum}[figure]


def _example(metric: str) -> str:
    return {"http_req_duration": "p(95)<250", "http_req_failed": "rate<0.01"}.get(
        metric, "count>=100"
    )
