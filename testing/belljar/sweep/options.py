"""`Options`: what the command line says about a sweep, checked."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from belljar.sweep.errors import BadSweepOption
from belljar.sweep.settling import Patience
from belljar.sweep.trials import check_kinds

__all__ = ["Options"]

# The limit of a test's body: so many times what it took without faults, and this at least.
TIMES = 10.0
LEAST = 10.0


@dataclass(frozen=True)
class Options:
    """What is swept, how long is waited, and where the report goes."""

    kinds: tuple[str, ...] = ()
    boundaries: tuple[str, ...] = ()
    patience: Patience = field(default_factory=Patience)
    limit: float = 0.0
    out: Path | None = None
    part: int = 1
    parts: int = 1

    @classmethod
    def of(cls, config: pytest.Config) -> Options:
        """Give them. Raises `BadSweepOption`."""
        kinds = _words(config.getoption("--sweep-kinds"))
        check_kinds(kinds)
        out = config.getoption("--sweep-out")
        part, parts = _part(config.getoption("--sweep-part"))
        return cls(
            kinds=kinds,
            boundaries=_words(config.getoption("--sweep-boundaries")),
            patience=Patience(effects=_seconds("settle", config.getoption("--sweep-settle"))),
            limit=_seconds("limit", config.getoption("--sweep-limit")),
            out=config.invocation_params.dir / out if out else None,
            part=part,
            parts=parts,
        )

    def limit_of(self, recorded: float) -> float:
        """Give the seconds after which a test hangs that took `recorded` without faults."""
        return self.limit or max(LEAST, TIMES * recorded)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _seconds(name: str, text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600:
        raise BadSweepOption(
            f"--sweep-{name} is {text!r}", choices=["0 to 3600 seconds"], fix="give such a number"
        )
    return seconds


def _part(text: str) -> tuple[int, int]:
    first, _, second = text.partition("/")
    if first == "auto":
        # Bazel 4 says it as the seed only.
        first = os.environ.get("TEST_RUN_NUMBER") or os.environ.get("TEST_RANDOM_SEED") or "1"
    if first.isdigit() and second.isdigit() and 1 <= int(first) <= int(second):
        return int(first), int(second)
    raise BadSweepOption(
        f"--sweep-part is {text!r}", choices=["1/2", "2/2", "auto/2"], fix="write one like these"
    )
