"""Figures and their verdicts: what every benchmark prints, writes and exits with."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

__all__ = ["Figure", "Report", "interleaved", "parser"]


@dataclass(frozen=True)
class Figure:
    """One line of a report: ours, what stands beside it, and the limit that was set for it.

    `limit` is on `ours`, or on the ratio ours / beside where `limit_on` is "ratio"; None: printed only.
    It is the highest value that is kept, or the lowest where `at_least` is set.
    """

    name: str
    ours: float
    unit: str
    beside: float | None = None
    beside_name: str = ""
    limit: float | None = None
    limit_on: str = "ours"
    at_least: bool = False

    @property
    def ratio(self) -> float | None:
        """Ours as a multiple of what stands beside it."""
        return self.ours / self.beside if self.beside else None

    @property
    def kept(self) -> bool:
        """Whether the limit is kept; a figure without one keeps it."""
        value = self.ratio if self.limit_on == "ratio" else self.ours
        if self.limit is None or value is None:
            return self.limit is None
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass
class Report:
    """Figures of one benchmark."""

    name: str
    figures: list[Figure] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def not_run(self, name: str, why: str) -> None:
        """Takes what can't be measured here; it is neither kept nor missed."""
        self.missing[name] = why
        print(f"{name:<58} not run: {why}", flush=True)

    def failed(self, name: str, why: str) -> None:
        """Takes what should have given a figure and gave none: a limit that is missed."""
        self.missing[name] = why
        self.broken.append(name)
        print(f"{name:<58} FAILED: {why}", flush=True)

    def add(self, figure: Figure) -> None:
        """Takes a figure and prints its line at once."""
        if not self.figures:
            print(
                f"{'figure':<58} {'ours':>10} {'beside':>10} {'ratio':>7} {'limit':>10}  verdict",
                flush=True,
            )
        self.figures.append(figure)
        limit = (
            ""
            if figure.limit is None
            else ("≥ " if figure.at_least else "")
            + f"{figure.limit:g}"
            + (" x" if figure.limit_on == "ratio" else "")
        )
        print(
            f"{figure.name:<58} {figure.ours:>8.3f} {figure.unit:<1} "
            f"{'' if figure.beside is None else format(figure.beside, '.3f'):>10} "
            f"{'' if figure.ratio is None else format(figure.ratio, '.2f'):>7} {limit:>10}  "
            f"{'' if figure.limit is None else 'kept' if figure.kept else 'MISSED'}"
            f"{f'  (beside: {figure.beside_name})' if figure.beside_name else ''}",
            flush=True,
        )

    def finish(self, file: Path | None) -> int:
        """Gives the exit code: 1 when a limit was missed; writes the figures as JSON to `file`."""
        if file:
            rows = [
                {**asdict(figure), "ratio": figure.ratio, "kept": figure.kept}
                for figure in self.figures
            ]
            file.write_text(
                json.dumps(
                    {"benchmark": self.name, "figures": rows, "not_run": self.missing}, indent=1
                )
                + "\n",
                encoding="utf-8",
            )
        missed = [figure.name for figure in self.figures if not figure.kept] + self.broken
        print(
            f"{self.name}: {len(self.figures)} figures, "
            + (f"missed: {', '.join(missed)}" if missed else "none missed")
            + (f"; no figures: {', '.join(self.missing)}" if self.missing else "")
        )
        return 1 if missed else 0


def interleaved(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Gives the median seconds of each side; a round runs every side once, so that noise hits all."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


def parser(description: str) -> argparse.ArgumentParser:
    """Gives an argument parser with what all benchmarks take."""
    options = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures there as well"
    )
    options.add_argument(
        "--rounds", type=int, default=7, help="runs of each side (default: %(default)s)"
    )
    return options
