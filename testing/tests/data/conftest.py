"""What the tests of belljar.data share: suites that are run from outside, and what their tests drew."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., pytest.RunResult]
Drawn = Callable[[pytest.RunResult], dict[str, str]]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run test files in a process of its own, with Faker's plugin and ours."""
    for name in list(os.environ):
        if name.startswith(("BELLJAR_", "TEST_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # seconds, of a dozen wheels
    pytester.makeini("[pytest]\n")

    def run(source: str = "", *arguments: str | Path) -> pytest.RunResult:
        if source:
            pytester.makepyfile(shop_test=source)
        fakers = () if "no:faker" in arguments else ("-p", "faker.contrib.pytest.plugin")
        plugins = (*fakers, "-p", "xdist", "-p", "belljar.data.plugin")
        return pytester.runpytest_subprocess(*plugins, *arguments)

    return run


@pytest.fixture
def drawn() -> Drawn:
    """Give what tests have printed with -rA as `<name> = value`, by name."""

    def drawn(result: pytest.RunResult) -> dict[str, str]:
        return dict(re.findall(r"^<(.+?)> = (.*)$", result.stdout.str(), re.MULTILINE))

    return drawn
