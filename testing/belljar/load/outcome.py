"""`Outcome`: the end of a run, for people (a table), for programs (JSON), and as a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from belljar.load.results import Endpoint, Results
from belljar.load.thresholds import Verdict

__all__ = ["Outcome"]

_COLUMNS = ("name", "requests", "failures", "rps", "p50 ms", "p95 ms", "p99 ms", "max ms")
_SHOWN_ERRORS = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run measured, and what is to be thought of it."""

    scenario: str
    users: int
    rate: float | None
    results: Results
    verdicts: Sequence[Verdict]
    task_errors: Sequence[tuple[str, int]] = ()
    """Exceptions that left a user's task, which is a bug of the scenario, with their counts."""

    @property
    def passed(self) -> bool:
        """Whether anything was measured, the scenario is sound, and every threshold was kept."""
        return not self.complaints

    @property
    def complaints(self) -> Sequence[str]:
        """Why the run failed, one line each; none when it passed."""
        lines = []
        if not self.results.total().requests:
            lines.append("no request was measured: nothing can be said about the system")
        lines += [
            f"a task of the scenario raised {message} ({count} times)"
            for message, count in self.task_errors
        ]
        lines += [
            f"{verdict.threshold}: measured {_figure(verdict.value)} "
            f"over {verdict.requests} requests"
            for verdict in self.verdicts
            if not verdict.passed
        ]
        return lines

    def table(self) -> str:
        """The measurements, the verdicts and the most frequent errors as text."""
        endpoints = [*self.results.endpoints.values(), self.results.total()]
        rows = [_COLUMNS, *(self._row(endpoint) for endpoint in endpoints)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
        lines = [
            "  ".join(
                cell.rjust(width) if column else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        lines.insert(1, "-" * max(map(len, lines)))
        lines.insert(-1, lines[1])
        lines.append("")
        lines += [
            f"{'PASS' if verdict.passed else 'FAIL'}  {verdict.threshold}"
            f"  (measured {_figure(verdict.value)})"
            for verdict in self.verdicts
        ]
        lines += [
            f"ERROR {name}: {message} ({count} times)"
            for name, message, count in self.results.errors[:_SHOWN_ERRORS]
        ]
        if not self.passed:
            lines += ["", *(f"failed: {complaint}" for complaint in self.complaints)]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The same as the table, for programs; a figure without samples is null."""
        return {
            "scenario": self.scenario,
            "users": self.users,
            "rate": self.rate,
            "seconds": self.results.seconds,
            "passed": self.passed,
            "complaints": list(self.complaints),
            "total": self._figures(self.results.total()),
            "endpoints": [self._figures(item) for item in self.results.endpoints.values()],
            "thresholds": [
                {
                    "metric": verdict.threshold.metric,
                    "limit": verdict.threshold.limit,
                    "name": verdict.threshold.name,
                    "value": _or_none(verdict.value),
                    "passed": verdict.passed,
                }
                for verdict in self.verdicts
            ],
            "errors": [
                {"name": name, "message": message, "count": count}
                for name, message, count in self.results.errors
            ],
        }

    def _row(self, endpoint: Endpoint) -> tuple[str, ...]:
        return (
            endpoint.name,
            str(endpoint.requests),
            str(endpoint.failures),
            f"{self.results.rate(endpoint):.1f}",
            *(_figure(endpoint.percentile(percent)) for percent in (50, 95, 99)),
            _figure(endpoint.maximum),
        )

    def _figures(self, endpoint: Endpoint) -> dict[str, Any]:
        return {
            "name": endpoint.name,
            "requests": endpoint.requests,
            "failures": endpoint.failures,
            "rps": self.results.rate(endpoint),
            "avg_ms": _or_none(endpoint.average),
            "min_ms": _or_none(endpoint.minimum),
            "p50_ms": _or_none(endpoint.percentile(50)),
            "p95_ms": _or_none(endpoint.percentile(95)),
            "p99_ms": _or_none(endpoint.percentile(99)),
            "max_ms": _or_none(endpoint.maximum),
        }


def _figure(value: float) -> str:
    if math.isnan(value):
        return "-"
    return (
        f"{value:.0f}" if value == int(value) else f"{value:.3g}" if value < 1 else f"{value:.1f}"
    )


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value
