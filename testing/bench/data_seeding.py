"""What seeded data costs and is worth: the fixture `faker` per test, and unique values of very many tests.

`faker_milliseconds(tests)` and `unique_collisions(tests)` are two rows of //testing/bench:data.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from belljar.data import Draw

__all__ = ["collisions_untagged", "faker_milliseconds", "unique_collisions"]

# Seconds of the processor, on the standard output; it waits for nobody, whatever else the machine does.
_RUN = """
import sys, time, pytest
start = time.process_time()
code = pytest.main(["-q", "-p", "no:cacheprovider", *sys.argv[1:]])
print(time.process_time() - start)
sys.exit(code)
"""


def faker_milliseconds(tests: int = 2000, rounds: int = 3) -> float:
    """Give what a test's `faker` costs, in ms: of tests that have it, beside tests that have no fixture.

    What only the first one costs, imports and Faker's own tables, is taken away on both sides.
    """
    if tests < 2:
        raise ValueError(f"tests={tests}: two at least, for the first one is not counted")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        for kind, argument in (("faker", "faker"), ("empty", "")):
            for count in (1, tests):
                text = "".join(f"def test_{n}({argument}): pass\n" for n in range(count))
                (folder / f"{kind}_{count}_test.py").write_text(text, encoding="utf-8")
        costs = [_difference(folder, tests) for _ in range(rounds)]
    return 1000 * statistics.median(costs) / (tests - 1)


def _difference(folder: Path, tests: int) -> float:
    seconds = {
        (kind, count): _seconds(folder, f"{kind}_{count}_test.py")
        for kind in ("faker", "empty")
        for count in (1, tests)
    }
    ours = seconds["faker", tests] - seconds["faker", 1]
    return ours - (seconds["empty", tests] - seconds["empty", 1])


def _seconds(folder: Path, file: str) -> float:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BELLJAR_", "PYTEST_"))
    }
    environment |= {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    plugins = ["-p", "faker.contrib.pytest.plugin", "-p", "belljar.data.plugin"]
    run = [sys.executable, "-c", _RUN, *plugins, file]
    output = subprocess.check_output(run, cwd=folder, env=environment, text=True, timeout=600)
    return float(output.split()[-1])


def unique_collisions(tests: int = 100_000) -> tuple[int, int]:
    """Give how many unique values so many tests draw, and how many of them somebody else has: none."""
    seen: set[object] = set()
    drawn = 0
    for number in range(tests):
        draw = Draw(0, f"tests/shop_test.py::test_{number}")
        unique = draw.faker.unique
        values = (
            unique.email(),
            unique.name(),
            unique.domain_name(),
            unique.word(),
            draw.unique.text("sku"),
            draw.unique.uuid(),
            draw.unique.integer(0, 2**53 - 1),
        )
        drawn += len(values)
        seen.update(values)
    return drawn, drawn - len(seen)


def collisions_untagged(tests: int) -> tuple[int, int]:
    """Give the same of Faker's own `unique`, whose values are only unique in their test."""
    seen: set[object] = set()
    drawn = 0
    from faker import Faker

    fake = Faker()
    for number in range(tests):
        fake.seed_instance(number)
        fake.unique.clear()
        values = (
            fake.unique.email(),
            fake.unique.name(),
            fake.unique.domain_name(),
            fake.unique.word(),
        )
        drawn += len(values)
        seen.update(values)
    return drawn, drawn - len(seen)
