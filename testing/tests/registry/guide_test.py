"""The examples of docs/registry.md are tests, and pass; what it lists is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from belljar.mocks.registry import entries
from belljar.mocks.registry.scenarios import scenarios_of

pytest_plugins = ["pytester"]

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def guide() -> str:
    for folder in Path(__file__).parents:
        path = folder / "docs" / "registry.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    pytest.fail("docs/registry.md is not among the target's files")


def test_every_example_of_the_guide_passes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "BELLJAR_LAYER",
        "BELLJAR_SERVICES",
        "BELLJAR_TARGET",
        "TEST_UNDECLARED_OUTPUTS_DIR",
        "TEST_TARGET",
        "TEST_TOTAL_SHARDS",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeini("[pytest]\n")
    unit = pytester.mkdir("unit")
    examples = BLOCK.findall(guide())
    assert len(examples) == 5
    for number, text in enumerate(examples):
        (unit / f"example_{number}_test.py").write_text(text, encoding="utf-8")
    # The contract of one's own is run, too.
    (unit / "own_test.py").write_text(
        "from belljar.mocks.registry import contract_tests\n"
        "from example_2_test import RATES\n"
        "TestRates = contract_tests(RATES)\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(unit), prepend=":")
    result = pytester.runpytest_subprocess("-p", "belljar.plugin", "-q", *sorted(
        str(path.relative_to(pytester.path)) for path in unit.glob("*_test.py")
    ))  # fmt: skip
    count = sum(len(re.findall(r"^def test_", text, re.MULTILINE)) for text in examples)
    operations = len(entries()["storage"].operations)
    result.assert_outcomes(passed=count + (operations + 1) + 2)


def test_every_scenario_is_in_the_guide() -> None:
    text = guide()
    for entry in entries().values():
        for name in scenarios_of(entry):
            assert f"`{name}`" in text, f"{name} of {entry.name}"
