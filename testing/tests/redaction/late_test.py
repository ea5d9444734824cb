"""Who reads or writes something late, or on the way, meets no secret either."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

from belljar.redaction import conceal, redact, redact_bytes

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
SECRET = "sk_live_51Hq8Xv2KpLm9Zt"
# What a plugin makes of reports that it is given: a file of its own.
READER = """
import os
from pathlib import Path

def pytest_collectreport(report):
    if report.failed:
        Path("seen.txt").write_text(str(report.longrepr), encoding="utf-8")
"""
# The last that a worker does before its session ends.
LAST = """
import os
from pathlib import Path
from belljar.redaction import conceal

def pytest_runtest_logfinish():
    if "PYTEST_XDIST_WORKER" in os.environ:
        conceal(os.environ["TOKEN"], "late")
        folder = Path(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"])
        (folder / "last.txt").write_text(os.environ["TOKEN"], encoding="utf-8")
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a test file in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("TOKEN", SECRET)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run_pytest(conftest: str, code: str, *options: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\n{ini}\n")
        pytester.makeconftest(conftest)
        pytester.makepyfile(code)
        return pytester.runpytest_subprocess(
            "-p", "belljar.redaction.plugin", "-p", "no:cacheprovider", *options
        )

    return run_pytest


def test_a_plugin_that_reads_what_could_not_be_collected_sees_no_secret(
    run: Run, pytester: pytest.Pytester
) -> None:
    code = "import os\nraise RuntimeError(os.environ['TOKEN'])"
    result = run(READER, code, ini="belljar_secrets = TOKEN")
    result.assert_outcomes(errors=1)
    seen = (pytester.path / "seen.txt").read_text(encoding="utf-8")
    assert "RuntimeError: [secret TOKEN]" in seen
    assert SECRET not in seen


def test_what_a_worker_conceals_after_its_last_report_is_taken_out_of_the_outputs(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = pytester.mkdir("outputs")
    monkeypatch.setenv("TEST_UNDECLARED_OUTPUTS_DIR", str(outputs))
    run(LAST, "def test_it(): pass", "-p", "xdist", "-n1").assert_outcomes(passed=1)
    assert (outputs / "last.txt").read_text(encoding="utf-8") == "[secret late]"


@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_hex_is_known_in_capitals_and_without(change: Callable[[str], str]) -> None:
    conceal(SECRET, "KEY")
    written = change(SECRET.encode().hex())
    assert redact(f"<{written}>") == "<[secret KEY]>"
    assert redact_bytes(f"<{written}>".encode()) == b"<[secret KEY]>"
