"""Figures: verdicts and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import Figure, Report, interleaved


@pytest.mark.parametrize(
    ("figure", "kept"),
    [
        (Figure("a", 1.0, "s"), True),
        (Figure("a", 1.0, "s", limit=1.0), True),
        (Figure("a", 1.1, "s", limit=1.0), False),
        (Figure("a", 2.0, "s", beside=1.0, limit=1.9, limit_on="ratio"), False),
        (Figure("a", 2.0, "s", beside=1.0, limit=2.0, limit_on="ratio"), True),
        (Figure("a", 2.0, "s", limit=2.0, limit_on="ratio"), False),
        (Figure("a", 2.0, "/s", limit=2.0, at_least=True), True),
        (Figure("a", 1.9, "/s", limit=2.0, at_least=True), False),
        (Figure("a", 1.0, "/s", beside=2.0, limit=0.4, limit_on="ratio", at_least=True), True),
        (Figure("a", 1.0, "/s", limit=0.4, limit_on="ratio", at_least=True), False),
    ],
)
def test_a_limit_is_on_ours_or_on_the_ratio(figure: Figure, kept: bool) -> None:
    """A ratio that can't be had does not keep its limit."""
    assert figure.kept is kept


def test_a_missed_limit_fails_the_run_and_names_the_figure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The JSON has what the table has."""
    report = Report("demo")
    report.add(Figure("fast enough", 1.0, "s", limit=2.0))
    assert report.finish(None) == 0
    report.add(Figure("too slow", 3.0, "s", limit=2.0))
    assert report.finish(tmp_path / "figures.json") == 1
    assert "missed: too slow" in capsys.readouterr().out
    rows = json.loads((tmp_path / "figures.json").read_text())["figures"]
    assert [row["kept"] for row in rows] == [True, False]


def test_what_was_not_run_is_said_and_misses_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is in the JSON by its reason, and among no figures."""
    report = Report("demo")
    report.not_run("beside the peer", "there is no java")
    assert report.finish(tmp_path / "figures.json") == 0
    assert "beside the peer" in capsys.readouterr().out
    content = json.loads((tmp_path / "figures.json").read_text())
    assert (content["figures"], content["not_run"]) == (
        [],
        {"beside the peer": "there is no java"},
    )


def test_what_gives_no_figure_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    """It is not as if nobody had asked."""
    report = Report("demo")
    report.failed("the sweep", "its test has failed")
    assert report.finish(None) == 1
    assert "missed: the sweep" in capsys.readouterr().out


def test_sides_take_turns() -> None:
    """Every round runs each side once, so that noise hits all alike."""
    order: list[str] = []
    interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=3)
    assert order == ["a", "b"] * 3
