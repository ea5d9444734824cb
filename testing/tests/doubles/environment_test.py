"""The environment of a test: what the system needs, and what the test declares."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from belljar.doubles import BadExpectation, Environment
from belljar.doubles.ledger import Ledger

Make = Callable[[], Environment]


@pytest.fixture
def make(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setenv("SHOP_KEY_OF_THE_MACHINE", "secret")
    made: list[Environment] = []

    def give() -> Environment:
        made.append(Environment(ledger))
        made[-1].install()
        return made[-1]

    yield give
    for each in made:
        each.close()


def test_the_machine_s_variables_are_gone_and_the_system_s_are_there(make: Make) -> None:
    make()
    assert "SHOP_KEY_OF_THE_MACHINE" not in os.environ
    assert os.environ["PATH"]


def test_what_is_set_is_there_also_for_programs(make: Make) -> None:
    environment = make()
    environment["SHOP_KEY"] = "k"
    assert os.getenv("SHOP_KEY") == environment["SHOP_KEY"] == "k"
    program = "import os; print(os.environ['SHOP_KEY'], 'SHOP_KEY_OF_THE_MACHINE' in os.environ)"
    output = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert output == "k False\n"
    del environment["SHOP_KEY"]
    assert "SHOP_KEY" not in list(environment)


def test_names_that_are_missed_are_told_with_the_line(make: Make) -> None:
    environment = make()
    environment["SHOP_KEY"] = "k"
    os.environ.get("SHOP_KEY")
    os.getenv("SHOP_REGION", "eu")
    with pytest.raises(KeyError):
        _ = os.environ["SHOP_TOKEN"]
    names = [each.partition(" ")[0] for each in environment.missed if each.startswith("SHOP")]
    assert names == ["SHOP_REGION", "SHOP_TOKEN"]
    assert all("(environment_test.py:" in each for each in environment.missed if "SHOP" in each)


def test_it_is_as_before_at_the_end(make: Make) -> None:
    before = dict(os.environ)
    environment = make()
    environment["SHOP_KEY"] = "k"
    os.environ["PATH"] = "elsewhere"
    environment.close()
    assert dict(os.environ) == before
    assert type(os.environ).__getitem__.__module__ == "os"


@pytest.mark.parametrize(("name", "value"), [("A", 1), ("A", None), ("A=B", "1"), ("", "1")])
def test_what_is_no_variable_is_refused(make: Make, name: str, value: Any) -> None:
    with pytest.raises(BadExpectation, match=r"(?s)environment\[.*valid: .*fix: "):
        make()[name] = value
