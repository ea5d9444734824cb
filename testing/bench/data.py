"""Test data and settings: what they cost, how fast rows are loaded, and that they are the same everywhere.

    ./bazelw run //testing/bench:data
    ./bazelw run //testing/bench:data -- --rows 100000 --rounds 3 --json FILE

A million related rows are made and loaded into PostgreSQL by us, and the same rows inserted by SQLAlchemy's ORM
in its best form (`add_all` in batches, one transaction), which gets them ready made.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from data_parts import collisions, settings_milliseconds
from data_rows import loads
from data_suites import differing, faker_milliseconds
from settings_load import load_milliseconds

from bench import Figure, Report, parser

__all__ = ["main", "show"]

_SMALL = 10


def show(report: Report, chosen: argparse.Namespace) -> None:
    """Measures, and adds the figures."""
    with tempfile.TemporaryDirectory(prefix="belljar-bench-") as name:
        folder = Path(name).resolve()
        spent = min(
            faker_milliseconds(folder / f"faker{number}", chosen.tests) for number in range(3)
        )
        report.add(Figure("`faker` fixture, added to a test, ms", spent, "", limit=0.1))
        for words, count in differing(folder / "same", chosen.drawing).items():
            report.add(Figure(f"tests with other data: {words}", count, "", limit=0))
        first = settings_milliseconds(folder, chosen.rounds)
        report.add(Figure("settings loaded, the first in a process, ms", first, "", limit=10))
        report.add(Figure("settings loaded, of 40 keys, ms", load_milliseconds(), "", limit=10))
    words = f"collisions among {chosen.unique_tests} tests' unique values"
    report.add(Figure(words, collisions(chosen.unique_tests), "", limit=0))
    _show_rows(report, chosen.rows)
    _show_secrets(report)


def _show_rows(report: Report, rows: int) -> None:
    few, ours, orm = loads(rows, max(rows // _SMALL, 100))
    words = f"{rows} related rows made and loaded, rows/s"
    report.add(
        Figure(words, ours.rate, "", orm.rate, "the ORM's inserts", 5, "ratio", at_least=True)
    )
    if ours.memory:
        words = f"  its most memory, MB (beside: {few.rows} rows)"
        report.add(Figure(words, ours.memory, "", few.memory, f"{few.rows} rows", 1.25, "ratio"))
    report.add(Figure("  the ORM's most memory, MB", orm.memory, ""))


def _show_secrets(report: Report) -> None:
    from tests.redaction.planting import PLACES, run_planted

    with tempfile.TemporaryDirectory(prefix="belljar-bench-") as name:
        found = run_planted(Path(name).resolve() / "planted").found
    words = f"secrets planted in {len(PLACES)} places, found in what was written"
    report.add(Figure(words, len(found), "", limit=0))


def main() -> int:
    """Gives 1 when a limit is missed."""
    options = parser(__doc__ or "")
    add_options(options)
    chosen = options.parse_args()
    report = Report("data")
    show(report, chosen)
    return report.finish(chosen.json)


def add_options(options: argparse.ArgumentParser) -> None:
    """Adds the options of `show`."""
    for name, default, words in (
        ("--rows", 1_000_000, "how many rows are loaded"),
        ("--tests", 500, "how many tests with `faker` are timed"),
        ("--drawing", 60, "how many tests draw in each run"),
        ("--unique-tests", 100_000, "how many tests' unique values are compared"),
    ):
        options.add_argument(
            name, type=int, default=default, help=f"{words} (default: %(default)s)"
        )


if __name__ == "__main__":
    sys.exit(main())
