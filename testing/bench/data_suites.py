"""Runs of pytest that show what test data costs, and that it is the same wherever it is made."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["differing", "faker_milliseconds"]

# Times each test, with the fixture and without in turns, from its setup to its teardown, on the
# processor's clock: others use it, too.
_TIMING = """
import json, os, time
import pytest
times = {}
@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    begun = time.process_time()
    result = yield
    times.setdefault(item.function.__name__, []).append(time.process_time() - begun)
    return result
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.callspec.params["n"])  # taking turns
def pytest_sessionfinish():
    with open(os.environ["TIMES"], "w") as file:
        json.dump(times, file)
"""
_TIMED = """
import pytest
@pytest.mark.parametrize("n", range({count}))
class TestTimes:
    def test_with(self, n, faker): pass
    def test_without(self, n, belljar_bench_nothing): pass
"""
_NOTHING = """
@pytest.fixture
def belljar_bench_nothing(): return None
"""
# Each test writes what it drew; `ORDER` turns them round, `SHARD` leaves half of them out.
_DRAWING = """
import os
def pytest_collection_modifyitems(items):
    if os.environ.get("SHARD"):
        del items[::2]
    if os.environ.get("ORDER"):
        items.reverse()
"""
_DRAWN = """
import os, pathlib
from dataclasses import dataclass
from datetime import datetime
import pytest
@dataclass
class Customer:
    id: int
    name: str
    email: str
    born: datetime
    tags: set[str]
@pytest.mark.parametrize("n", range({count}))
def test_drawn(n, faker, data):
    drawn = [faker.name(), faker.unique.email(), faker.pyint(), data.make(Customer),
             data.make_many(Customer, 3), data.unique.text("a@example.com"), data.unique.uuid(),
             data.random.random(), data.faker.address(), data.unique.integer(1, 2**53)]
    for customer in [drawn[3], *drawn[4]]:
        customer.tags = sorted(customer.tags)
    pathlib.Path(os.environ["DRAWN"], str(n)).write_text(repr(drawn))
"""


def faker_milliseconds(folder: Path, count: int) -> float:
    """Return what the fixture `faker` adds to a test, by the medians of tests with it and without."""
    folder.mkdir()
    folder.joinpath("conftest.py").write_text(_TIMING + _NOTHING)
    folder.joinpath("test_times.py").write_text(_TIMED.format(count=count + 1))
    times = folder / "times.json"
    _run(folder, [], {"TIMES": str(times)})
    found = json.loads(times.read_text())
    with_, without = (statistics.median(found[f"test_{name}"][1:]) for name in ("with", "without"))
    added: float = with_ - without
    return max(added, 0.0) * 1000


def differing(folder: Path, count: int) -> dict[str, int]:
    """Return how many tests had other data, by what was different about their run."""
    folder.mkdir()
    folder.joinpath("conftest.py").write_text(_DRAWING)
    folder.joinpath("test_drawn.py").write_text(_DRAWN.format(count=count))
    home = folder / "another home"
    home.mkdir()
    runs: dict[str, tuple[list[str], dict[str, str]]] = {
        "another HOME and PYTHONHASHSEED": ([], {"HOME": str(home), "PYTHONHASHSEED": "4711"}),
        "three workers": (["-p", "xdist", "-n", "3"], {}),
        "another order": ([], {"ORDER": "reversed"}),
        "another shard": ([], {"SHARD": "half"}),
    }
    first = _drawn(folder, "first", [], {})
    found = {}
    # Where nothing could differ, no difference would mean nothing.
    seeded = _drawn(folder, "another seed", ["--data-seed=1"], {})
    same = [test for test, text in seeded.items() if first.get(test) == text]
    if same or seeded.keys() != first.keys():
        sys.exit(f"data: another seed gives the same data in {len(same)} of {len(first)} tests")
    for name, (arguments, environment) in runs.items():
        other = _drawn(folder, name, arguments, environment)
        halved = "SHARD" in environment
        missing = 0 if halved else len(first.keys() - other.keys())
        assert other, f"{name}: nothing was drawn"
        found[name] = missing + sum(first.get(test) != text for test, text in other.items())
    return found


def _drawn(
    folder: Path, name: str, arguments: Sequence[str], environment: Mapping[str, str]
) -> dict[str, bytes]:
    place = folder / f"drawn {name}"
    place.mkdir()
    _run(folder, arguments, {"DRAWN": str(place), **environment})
    return {file.name: file.read_bytes() for file in place.iterdir()}


def _run(folder: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    alone = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BELLJAR_", "PYTEST_", "TEST_"))
    }
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-c", os.devnull),
            *("-p", "faker.contrib.pytest.plugin", "-p", "belljar.plugin"),
            *(f"--rootdir={folder}", "-p", "no:cacheprovider", *arguments, str(folder)),
        ],
        cwd=folder,
        env={
            **alone,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"data: pytest {' '.join(arguments)} failed:\n{done.stdout[-3000:]}")
