"""What the tests of belljar.doubles share: a ledger of their own, and suites that are run from outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from belljar.doubles.ledger import Ledger

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def ledger() -> Ledger:
    """A ledger that fails no test: what it has is looked at."""
    return Ledger("shop_test.py::test_one")


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test file in a process of its own, with the fixtures of doubles and of faults."""
    for name in ("BELLJAR_LAYER", "TEST_UNDECLARED_OUTPUTS_DIR", "TEST_TARGET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("TEST_TOTAL_SHARDS", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # seconds, of a dozen wheels
    pytester.makeini("[pytest]\n")

    def run(source: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(shop_test=source)
        plugins = ("-p", "belljar.doubles.plugin", "-p", "belljar.faults.plugin")
        return pytester.runpytest_subprocess(*plugins, *arguments)

    return run
