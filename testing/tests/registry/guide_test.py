"""The examples of docs/registry.md are tests, and pass; what it lists is what there is."""

from __future__ import annotations

import pytest

from belljar.mocks.registry import entries
from belljar.mocks.registry.scenarios import scenarios_of
from tests.guides.guide import count_tests, examples, text_of, without_runner

pytest_plugins = ["pytester"]

PAGE = "registry.md"


def test_every_example_of_the_guide_passes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_runner(monkeypatch)
    pytester.makeini("[pytest]\n")
    unit = pytester.mkdir("unit")
    files = examples(PAGE)
    assert len(files) == 5
    for name, text in files.items():
        (unit / name).write_text(text, encoding="utf-8")
    # The contract of one's own is run, too.
    (unit / "own_test.py").write_text(
        "from belljar.mocks.registry import contract_tests\n"
        "from example_02_test import RATES\n"
        "TestRates = contract_tests(RATES)\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", str(unit), prepend=":")
    paths = [f"unit/{name}" for name in (*files, "own_test.py")]
    result = pytester.runpytest_subprocess("-p", "belljar.plugin", "-q", *paths)
    operations = len(entries()["storage"].operations)
    result.assert_outcomes(passed=count_tests(files) + (operations + 1) + 2)


def test_every_scenario_is_in_the_guide() -> None:
    text = text_of(PAGE)
    for entry in entries().values():
        for name in scenarios_of(entry):
            assert f"`{name}`" in text, f"{name} of {entry.name}"
