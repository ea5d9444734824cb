"""The examples of docs/data.md are tests, and pass."""

from __future__ import annotations

import pytest

from tests.guides.guide import run_examples

pytest_plugins = ["pytester"]


def test_every_example_of_the_guide_passes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_examples(pytester, monkeypatch, "data.md", "faker.contrib.pytest.plugin")
