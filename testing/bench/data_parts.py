"""The rest of what test data and settings have to reach: unique values, and how long settings take to load."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from pathlib import Path

__all__ = ["collisions", "collisions_untagged", "settings_milliseconds"]

_SETTINGS = """
import sys, time
from pathlib import Path
from pydantic import SecretStr
from belljar.config import Section, TestSettings, load
class Payments(Section):
    url: str = "http://127.0.0.1:8080"
    timeout: float = 1.0
    api_key: SecretStr
class ShopSettings(TestSettings):
    payments: Payments
# What it imports when it is first used.
load(TestSettings, root=Path(sys.argv[1], "empty"), profile="local", environ={})
begun = time.process_time()
settings = load(ShopSettings, root=Path(sys.argv[1]), profile="local",
                settings=["database.pool_size=7"], environ={"TEST__PAYMENTS__API_KEY": "sk_1234567890"})
print((time.process_time() - begun) * 1000)
assert (settings.database.pool_size, settings.payments.timeout) == (7, 2.5)
"""
_PROFILE = "[payments]\nurl = 'http://127.0.0.1:9'\ntimeout = 2.5\n\n[database]\npool_size = 3\n"


def collisions(tests: int) -> int:
    """Return how often a value came that another test has: of `faker.unique` and of `data.unique`."""
    from belljar.data.draw import Draw

    seen: set[object] = set()
    given = 0
    for number in range(tests):
        draw = Draw(0, f"services/shop/tests/cart_{number % 997}_test.py::test_{number}")
        named, unique = draw.faker.unique, draw.unique
        values: tuple[object, ...] = (
            named.email(),
            named.name(),
            named.domain_name(),
            named.word(),
            unique.text("sku"),
            unique.text("ada@example.com"),
            unique.integer(1, 2**53),
            unique.uuid(),
        )
        given += len(values)
        seen.update(values)
    return given - len(seen)


def collisions_untagged(tests: int) -> int:
    """Return the same of Faker's own `unique`, whose values are unique in their test only."""
    from faker import Faker

    fake = Faker()
    seen: set[str] = set()
    for number in range(tests):
        fake.seed_instance(number)
        fake.unique.clear()
        seen |= {fake.unique.email(), fake.unique.name(), fake.unique.word()}
    return 3 * tests - len(seen)


def settings_milliseconds(folder: Path, rounds: int) -> float:
    """Return the median of the first load in a process, without what importing takes, on the processor's clock."""
    place = folder / "testing" / "config"
    place.mkdir(parents=True)
    place.joinpath("local.toml").write_text(_PROFILE)
    folder.joinpath("empty", "testing", "config").mkdir(parents=True)
    folder.joinpath("empty", "testing", "config", "local.toml").write_text("")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    times = []
    for _ in range(rounds):
        done = subprocess.run(
            [sys.executable, "-c", _SETTINGS, str(folder)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        times.append(float(done.stdout))
    return statistics.median(times)
