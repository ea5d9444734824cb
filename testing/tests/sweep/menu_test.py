"""What `belljar.sweep` offers is complete, and its documentation names it."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

import belljar.sweep
from belljar.faults.kind import kinds
from belljar.sweep.arguments import add_options
from belljar.sweep.outcomes import Outcome
from belljar.sweep.trials import LEFT_OUT, VALUES


def guide() -> str:
    """Give the text of docs/sweep.md."""
    for folder in Path(__file__).parents:
        path = folder / "docs" / "sweep.md"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    pytest.fail("docs/sweep.md is not among the target's files")


def test_the_menu_is_sorted_and_complete() -> None:
    assert belljar.sweep.__all__ == sorted(belljar.sweep.__all__)
    for name in belljar.sweep.__all__:
        assert getattr(belljar.sweep, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = belljar.sweep.nothing


def test_every_outcome_option_and_default_is_documented() -> None:
    text = guide()
    parser = argparse.ArgumentParser()
    group = type("Group", (), {"addoption": parser.add_argument})()
    add_options(group)
    words = [f"**{outcome.value}**" for outcome in Outcome]
    words += [word for action in parser._actions[1:] for word in action.option_strings]
    words += [f"`{name}`" for name in (*VALUES, *LEFT_OUT)]
    assert [word for word in words if word not in text] == []


def test_every_kind_of_fault_is_swept_or_left_out_on_purpose() -> None:
    from belljar.sweep.trials import _trials

    assert [kind.name for kind in kinds().values() if not _trials(kind)] == []
