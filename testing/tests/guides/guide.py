"""`run_examples`: the Python examples of a page of docs/ are tests, and pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

__all__ = ["count_tests", "examples", "run_examples", "text_of", "without_runner"]

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What the runner tells its own run, and the examples' is another one.
TOLD = (
    "BELLJAR_LAYER",
    "BELLJAR_SERVICES",
    "BELLJAR_SETTINGS",
    "BELLJAR_TARGET",
    "TEST_ENV",
    "TEST_TARGET",
    "TEST_TOTAL_SHARDS",
    "TEST_UNDECLARED_OUTPUTS_DIR",
)


def text_of(page: str) -> str:
    """The text of `docs/PAGE`, which has to be among the target's files."""
    for folder in Path(__file__).parents:
        path = folder / "docs" / page
        if path.is_file():
            return path.read_text(encoding="utf-8")
    pytest.fail(f"docs/{page} is not among the target's files")


def examples(page: str) -> dict[str, str]:
    """The page's Python blocks, as test files by name, in their order."""
    return {
        f"example_{number:02}_test.py": text
        for number, text in enumerate(BLOCK.findall(text_of(page)))
    }


def count_tests(texts: dict[str, str]) -> int:
    """How many tests these files have."""
    return sum(
        len(re.findall(r"^(?:async )?def test_", text, re.MULTILINE)) for text in texts.values()
    )


def without_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin as a run of a user's own, without plugins but those that are named."""
    for name in TOLD:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def run_examples(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, page: str, *plugins: str
) -> None:
    """Run all examples of a page with `belljar.plugin` and these; each has a test, and passes."""
    without_runner(monkeypatch)
    pytester.makeini("[pytest]\n")
    files = examples(page)
    for name, text in files.items():
        pytester.path.joinpath(name).write_text(text, encoding="utf-8")
    loaded = [word for plugin in ("belljar.plugin", *plugins) for word in ("-p", plugin)]
    result = pytester.runpytest_subprocess(*loaded, "-q", "--no-header", *files)
    result.assert_outcomes(passed=count_tests(files))
    assert files and all(count_tests({name: text}) for name, text in files.items())
