"""The examples of docs/configuration.md are tests, and pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> list[str]:
    for folder in Path(__file__).parents:
        path = folder / "docs" / "configuration.md"
        if path.is_file():
            return BLOCK.findall(path.read_text(encoding="utf-8"))
    pytest.fail("docs/configuration.md is not among the target's files")


def test_every_example_of_the_guide_passes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BELLJAR_LAYER", "BELLJAR_SETTINGS", "TEST_ENV", "TEST_TOTAL_SHARDS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\n")
    examples = blocks()
    for number, text in enumerate(examples):
        pytester.path.joinpath(f"example_{number:02}_test.py").write_text(text, encoding="utf-8")
    names = sorted(path.name for path in pytester.path.glob("example_*_test.py"))
    result = pytester.runpytest_subprocess("-p", "belljar.plugin", "-q", "--no-header", *names)
    result.assert_outcomes(passed=len(examples))
    assert len(examples) >= 4
