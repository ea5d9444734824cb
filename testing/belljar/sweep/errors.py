"""Every error that belljar.sweep raises, in one tree.

    SweepError
    ├── BadSweepOption   an option of a sweep has a value that it can't have
    ├── NothingToSweep   a test makes no calls that faults could happen to
    ├── RecordFailed     a test does not pass without faults
    ├── BadReport        a file is no report of a sweep
    └── TargetFailed     a Bazel target can't be swept

Each names the thing, the value, the valid choices and the fix.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "BadReport",
    "BadSweepOption",
    "NothingToSweep",
    "RecordFailed",
    "SweepError",
    "TargetFailed",
]


class SweepError(Exception):
    """A sweep can't be made, said so that it can be mended; parts that are empty are left out."""

    def __init__(self, summary: str, *, choices: Iterable[str] = (), fix: str = "") -> None:
        lines = [summary]
        if listed := ", ".join(choices):
            lines.append(f"  valid: {listed}")
        if fix:
            lines.append(f"  fix:   {fix}")
        super().__init__("\n".join(lines))


class BadSweepOption(SweepError):
    """An option has a value that it can't have."""


class NothingToSweep(SweepError):
    """A test makes no calls that faults could happen to."""


class RecordFailed(SweepError):
    """A test does not pass without faults."""


class BadReport(SweepError):
    """A file is no report of a sweep."""


class TargetFailed(SweepError):
    """A Bazel target can't be swept."""
