"""What `-p belljar.plugin` adds to pytest, beside pytest alone, for tests that use nothing of it.

    ./bazelw run //testing/bench:plugin
    ./bazelw run //testing/bench:plugin -- --tests 1000 --rounds 3 --json FILE

Each side is a process of its own: it runs the empty tests of many files, then only collects them. With all
groups of fixtures at hand, and no other plugin. Import is measured in a process that has pytest already.
Seconds are the processor's: one process that waits for nobody is measured, whatever else the machine does.
"""

from __future__ import annotations

import argparse
import importlib
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import belljar.plugin
from bench import Figure, Report, parser

_IN_A_FILE = 100
_LOADED = ["-p", "belljar.plugin"]
# With the groups, as pytest loads them; seconds on the standard output.
_IMPORT = """
import time, importlib, pytest
start = time.process_time()
import belljar.plugin
for name in {groups!r}:
    importlib.import_module(name)
print(time.process_time() - start)
"""


def write_tests(folder: Path, count: int) -> None:
    """Writes empty tests, a hundred to a file."""
    for first in range(0, count, _IN_A_FILE):
        numbers = range(first, min(first + _IN_A_FILE, count))
        text = "\n".join(f"def test_{number}(): pass" for number in numbers)
        (folder / f"test_from_{first}.py").write_text(text + "\n", encoding="utf-8")


def environment() -> dict[str, str]:
    """Gives what both sides run in: our search path, and no plugin that asks for itself."""
    alone = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BELLJAR_", "PYTEST_"))
    }
    return {
        **alone,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def run(folder: Path, arguments: Sequence[str], expected: str) -> None:
    """Runs pytest in a process; stops the benchmark if it does not end as it has to."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            f"--rootdir={folder}",
            *arguments,
            str(folder),
        ],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode or expected not in done.stdout:
        sys.exit(f"plugin: pytest {' '.join(arguments)} failed:\n{done.stdout[-2000:]}")


def median_seconds(sides: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Gives each side's median of the processor's seconds that its process took; a round has every side."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, start in sides.items():
            before = os.times()
            start()
            after = os.times()
            spent = after.children_user + after.children_system
            spent -= before.children_user + before.children_system
            # Windows does not tell.
            times[name].append(spent or after.elapsed - before.elapsed)
    return {name: statistics.median(values) for name, values in times.items()}


def imported(groups: Sequence[str]) -> float:
    """Gives the milliseconds that importing the plugin and its groups takes over pytest's own."""
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT.format(groups=list(groups))],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return float(done.stdout) * 1000


def there() -> list[str]:
    """Gives the groups that pytest would load here."""
    found = []
    for name in belljar.plugin._GROUPS:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            print(f"without {name}: {error}")
        else:
            found.append(name)
    return found


def show(report: Report, rounds: int, count: int) -> None:
    """Measures, and adds the figures."""
    groups = there()
    with tempfile.TemporaryDirectory(prefix="belljar-bench-") as name:
        folder = Path(name).resolve()
        write_tests(folder, count)
        passed, collect = f"{count} passed", ["--collect-only", "-q"]
        run(folder, [], passed)  # what pytest compiles is there for both
        medians = median_seconds(
            {
                "bare": lambda: run(folder, [], passed),
                "ours": lambda: run(folder, _LOADED, passed),
                "bare collects": lambda: run(folder, collect, ""),
                "ours collects": lambda: run(folder, [*_LOADED, *collect], ""),
            },
            rounds,
        )
    times = sorted(imported(groups) for _ in range(max(rounds, 3)))
    for words, side, limit in (
        (f"run of {count} empty tests", "", 1.15),
        (f"collection of {count} tests", " collects", 1.2),
    ):
        bare, ours = medians[f"bare{side}"], medians[f"ours{side}"]
        report.add(Figure(words, ours, "s", bare, "bare pytest", limit, "ratio"))
        report.add(Figure("  added to a test, µs", (ours - bare) / count * 1e6, ""))
    report.add(
        Figure(
            f"import of belljar.plugin and {len(groups)} groups, ms",
            times[len(times) // 2],
            "",
            limit=60,
        )
    )


def main() -> int:
    """Gives 1 when a limit is missed."""
    options = parser(__doc__ or "")
    add_options(options)
    chosen = options.parse_args()
    report = Report("plugin")
    show(report, chosen.rounds, chosen.tests)
    return report.finish(chosen.json)


def add_options(options: argparse.ArgumentParser) -> None:
    """Adds the options of `show`."""
    options.add_argument(
        "--tests", type=int, default=5000, help="how many tests (default: %(default)s)"
    )


if __name__ == "__main__":
    sys.exit(main())
