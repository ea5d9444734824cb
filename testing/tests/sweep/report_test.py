"""What a sweep writes: a matrix in the terminal, JSON, HTML, and commands that replay a cell."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

pytest_plugins = ["pytester"]

Sweep = Callable[..., Any]
KINDS = ("--sweep-boundaries=payments", "--sweep-kinds=lose_answer,latency")


class Outside(HTMLParser):
    """Notes what a page would get from elsewhere, and its cells."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.titles: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note it."""
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "href") and not (value or "").startswith("#"):
                self.links.append(value or "")
            if name == "title":
                self.titles.append(value or "")


def test_the_report_is_in_the_terminal_in_json_and_in_html(sweep: Sweep) -> None:
    swept = sweep(*KINDS, habit="double")
    lines = swept.text.splitlines()
    (row,) = [line for line in lines if re.match(r"  POST /v1/payment_intents +C", line)]
    assert row.split()[-2:] == ["C", "e"]
    assert "  C  corrupted: more happened than without the fault" in swept.text
    assert "  1 x payments: charge of 2500 eur" in lines
    assert "corrupted: payments: POST /v1/payment_intents #1, lose_answer" in lines
    assert "1 of 4 cells are bad:" in swept.text

    content = json.loads((swept.out / "sweep.json").read_text())
    (test,) = content["tests"]
    assert (content["version"], test["test"]) == (1, "test_it.py::test_a_customer_buys")
    assert {cell["outcome"] for cell in test["cells"]} == {"corrupted", "fell back", "endured"}
    assert all(cell["plan"]["faults"][0]["on"] == "payments" for cell in test["cells"])

    html = (swept.out / "sweep.html").read_text()
    page = Outside()
    page.feed(html)
    assert page.links == []
    assert "script" not in page.tags
    assert "prefers-color-scheme: dark" in html
    title = (
        "POST /v1/payment_intents #1, lose_answer: corrupted: "
        "2 x payments: charge of 2500 eur, recorded 1; the test passed"
    )
    assert title in page.titles
    assert "Fault sweep: 1 of 4 cells are bad" in html


def test_the_command_of_a_bad_cell_does_the_same_again(
    sweep: Sweep, pytester: pytest.Pytester
) -> None:
    """The test passes then, as it did: what it leaves is what is wrong, and that can be looked at."""
    charges = """
def test_a_customer_buys(buy, payments):
    assert buy(2500)["status"] == "paid"
    print("charges:", payments.effects())
"""
    swept = sweep(*KINDS, habit="double", code=charges)
    (bad,) = swept.matrices[0].bad
    program, *words = shlex.split(bad.replay)
    assert (program, words[0]) == ("pytest", "test_it.py::test_a_customer_buys")
    result = pytester.runpytest_subprocess(
        "-p", "belljar.plugin", "-p", "no:cacheprovider", "-rP", *words
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["charges: Counter({'charge of 2500 eur': 2})"])


def test_a_mock_that_the_test_does_not_ask_for_is_swept_and_replayed(
    sweep: Sweep, pytester: pytest.Pytester
) -> None:
    swept = sweep(
        "--sweep-boundaries=payments",
        "--sweep-kinds=timeout",
        habit="forgetful",
        code='\ndef test_a_customer_buys(buy):\n    assert buy(2500)["status"] == "paid"\n',
    )
    swept.result.assert_outcomes(passed=1)
    assert swept.outcome("POST /v1/payment_intents", "timeout") == "failed cleanly"
    (cell,) = [
        cell for cell in swept.matrices[0].cells.values() if cell.outcome.value == "failed cleanly"
    ]
    result = pytester.runpytest_subprocess("-p", "belljar.plugin", *shlex.split(cell.replay)[1:])
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*HTTP Error 502: Bad Gateway*"])


def test_two_processes_share_the_cells(sweep: Sweep) -> None:
    from belljar.sweep.matrix import joined

    parts = [sweep(*KINDS, f"--sweep-part={part}/2").matrices for part in (1, 2)]
    assert all(0 < len(part[0].cells) < 4 for part in parts)
    (whole,) = joined([matrix for part in parts for matrix in part])
    assert (len(whole.cells), whole.empty) == (4, [])
