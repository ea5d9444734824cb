"""Assertion rewriting: what has no assert keeps the bytecode of its wheel."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from belljar.runner.rewriting import spare_rewriting


@pytest.fixture(name="site")
def _site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    site = tmp_path / "site-packages"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(sys, "meta_path", sys.meta_path[:])
    spare_rewriting()
    return site


def found(name: str) -> str | None:
    finder = sys.meta_path[0]
    spec = finder.find_spec(name, None)
    return spec.origin if spec else None


def test_a_module_of_a_wheel_without_an_assert_is_loaded_as_it_is(site: Path) -> None:
    (site / "plain.py").write_text("NUMBER = 1\n", encoding="utf-8")
    assert found("plain") == str(site / "plain.py")


def test_a_module_with_an_assert_is_left_to_pytest(site: Path) -> None:
    """Its failure shows the values that were compared."""
    (site / "checked.py").write_text("assert 1 == 1\n", encoding="utf-8")
    assert found("checked") is None


def test_what_is_no_wheel_is_left_to_pytest(site: Path) -> None:
    (site.parent / "own.py").write_text("NUMBER = 1\n", encoding="utf-8")
    sys.path.insert(0, str(site.parent))
    try:
        assert found("own") is None
    finally:
        sys.path.remove(str(site.parent))
