"""mypy knows what is made: of a model, and of a factory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from mypy import api

SOURCE = """
from dataclasses import dataclass
from belljar.data.draw import Draw
from belljar.data.factory import Factory, faked, many, one_of
from belljar.data.factory.making import make, make_many
from belljar.data.strategies import strategy_of

@dataclass
class Customer:
    name: str
    tier: str

class CustomerFactory(Factory[Customer]):
    name = faked("name")
    tier = one_of("basic", "gold")

class GoldFactory(CustomerFactory):
    tier = one_of("gold")

draw = Draw(0, "x")
reveal_type(make(draw, Customer))
reveal_type(make(draw, CustomerFactory, name="Ada"))
reveal_type(make(draw, GoldFactory))
reveal_type(make_many(draw, CustomerFactory, 2))
reveal_type(strategy_of(CustomerFactory))
"""


def test_a_model_and_its_factory_give_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "customers.py"
    source.write_text(SOURCE, encoding="utf-8")
    monkeypatch.setenv("MYPYPATH", next(p for p in sys.path if (Path(p) / "belljar/data").is_dir()))
    out, err, _ = api.run(
        ["--strict", "--follow-imports=silent", f"--cache-dir={tmp_path}", str(source)]
    )
    shown = [
        line.partition("Revealed type is ")[2] for line in out.splitlines() if "Revealed" in line
    ]
    assert shown == [
        '"customers.Customer"',
        '"customers.Customer"',
        '"customers.Customer"',
        '"list[customers.Customer]"',
        '"hypothesis.strategies.SearchStrategy[customers.Customer]"',
    ] or [one.replace("builtins.", "") for one in shown], out + err
    assert "error" not in out, out
