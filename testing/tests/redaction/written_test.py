"""Saved plans, the reports of a sweep and of a load test: none has a secret, and each stays what it was."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from belljar.faults.plan import Plan
from belljar.faults.saving import replay_command, save
from belljar.load import LoadError
from belljar.load import main as load_main
from belljar.redaction import conceal
from belljar.sweep import Cell, Matrix, Outcome, Row, read_report, write_report

# With what JSON and HTML escape.
SECRET = 'sk_live_"51Hq8<Xv2>Kp&Lm9Zt'
PIECES = ("sk_live_", "51Hq8", "Xv2", "Lm9Zt")


def assert_hidden(text: str) -> None:
    """Nothing is left of it, and what stands in its place says which it was."""
    assert "[secret KEY]" in text
    assert not [piece for piece in PIECES if piece in text]


def test_a_saved_plan_and_its_command_have_no_secret_wherever_they_are(tmp_path: Path) -> None:
    """Without Bazel plans lie in pytest's temporary folder, which nobody goes through at the end."""
    conceal(SECRET, "KEY")
    fault = {"on": "payments", "kind": "reset", "match": {"path": f"/hooks/{SECRET}"}}
    plan = Plan.from_json({"version": 1, "seed": 7, "faults": [fault]})
    path = save(plan, plan, "a_test.py::test_a", tmp_path)
    assert len(list(path.parent.iterdir())) == 2
    for file in path.parent.iterdir():
        assert_hidden(file.read_text(encoding="utf-8"))
        (rule,) = Plan.from_json(json.loads(file.read_text(encoding="utf-8"))).rules
        assert rule.to_json()["match"] == {"path": "/hooks/[secret KEY]"}
    assert_hidden(replay_command(plan, path, {"TEST_TARGET": "//shop:a_test"}))


def test_the_reports_of_a_sweep_have_no_secret(tmp_path: Path) -> None:
    """A path with a token, what a test said, and the plan and command that replay a cell."""
    conceal(SECRET, "KEY")
    row = Row("k1", "payments", "http", f"POST /hooks/{SECRET}", 1, ("reset",))
    matrix = Matrix("a_test.py::test_a", rows=[row], columns=["reset"], notes=[f"not {SECRET}"])
    plan = {"faults": [{"on": "payments", "match": {"path": f"/hooks/{SECRET}"}}]}
    replay = f"pytest --faults='{json.dumps(plan)}'"
    matrix.add(
        Cell("k1", "reset", Outcome.HUNG, f"it waits for {SECRET}", plan=plan, replay=replay)
    )
    page = write_report([matrix], tmp_path)
    assert_hidden(page.read_text(encoding="utf-8"))
    assert_hidden((tmp_path / "sweep.json").read_text(encoding="utf-8"))
    (again,) = read_report(tmp_path / "sweep.json")
    assert [one.text for one in again.rows] == ["POST /hooks/[secret KEY]"]


@pytest.fixture
def load_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A load test of a scenario whose address has a token in it; it is over at once."""
    outcome = SimpleNamespace(
        scenario="shop.py",
        users=1,
        rate=None,
        passed=True,
        results=SimpleNamespace(seconds=1.0),
        table=lambda: f"GET /{SECRET}  10 requests",
        as_json=lambda: {"endpoints": [{"name": f"GET /{SECRET}"}]},
    )
    monkeypatch.setenv("SHOP_TOKEN", SECRET)
    monkeypatch.setenv("BELLJAR_SECRETS", "SHOP_TOKEN")
    monkeypatch.setattr(load_main, "run", lambda *_, **__: outcome)


@pytest.mark.usefixtures("load_test")
def test_the_results_of_a_load_test_have_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    assert load_main.main(["shop.py", "--json", str(file)]) == 0
    expected = {"endpoints": [{"name": "GET /[secret SHOP_TOKEN]"}]}
    assert json.loads(file.read_text(encoding="utf-8")) == expected
    assert "GET /[secret SHOP_TOKEN]  10 requests" in capsys.readouterr().out


@pytest.mark.usefixtures("load_test")
def test_a_load_test_that_cannot_run_says_why_without_a_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object, **__: object) -> None:
        raise LoadError(f"http://127.0.0.1/{SECRET} does not answer")

    monkeypatch.setattr(load_main, "run", run)
    assert load_main.main(["shop.py"]) == 2
    assert "127.0.0.1/[secret SHOP_TOKEN] does not answer" in capsys.readouterr().err
