"""What the tests of belljar.sweep share: a graph of a little shop, the payments mock and a database, and runs of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from belljar.sweep import Matrix, read_report

HERE = Path(__file__).parent
TABLES = HERE / "shop.sql"
CONFTEST = """
import json, os, sys, urllib.request
from pathlib import Path

import pytest
from belljar.databases.template import PostgresTemplate
from belljar.services import Service

@pytest.fixture(scope="session")
def service_graph():
    folder = Path({folder!r})
    template = PostgresTemplate.build(migrations=[folder / "tables.sql"], folder=folder / "built")
    path = {{"PYTHONPATH": os.pathsep.join(sys.path)}}
    return [
        Service(
            "payments",
            [sys.executable, "-m", "belljar.mocks.payments", "--fd", "{{fd}}"],
            env=path,
            ready={{"http": "/_belljar/ready"}},
            exports={{"api_key": "sk_test_shop"}},
        ),
        Service(
            "shop",
            [sys.executable, {shop!r}, "--fd", "{{fd}}", "--habit", {habit!r}],
            env=path | {{
                "PAYMENTS_URL": "{{url:payments}}",
                "PAYMENTS_KEY": "{{export:payments.api_key}}",
                "DATABASE_URL": "{{url:shop_db}}",
            }},
            ready={{"http": "/ready"}},
            deps=["payments"],
            databases={{"shop_db": template}},
        ),
    ]

@pytest.fixture
def buy(services):
    def bought(amount):
        request = urllib.request.Request(
            services["shop"].url + "/orders", json.dumps({{"amount": amount}}).encode()
        )
        with urllib.request.urlopen(request, timeout={patience}) as response:
            return json.loads(response.read())

    return bought
"""
BUYS = """
def test_a_customer_buys(buy, payments):
    assert buy(2500)["status"] == "paid"
"""
# A charge without an order that is paid.
INVARIANT = """
import psycopg

@pytest.fixture
def invariants(services, payments):
    def every_charge_has_its_order():
        charges = sum(payments.effects().values())
        with psycopg.connect(services.databases["shop_db"].url) as connection:
            (paid,) = connection.execute(
                "SELECT count(*) FROM purchase WHERE status IN ('paid', 'unclear')"
            ).fetchone()
        assert charges <= paid, f"{charges} charges, and {paid} orders that are paid"

    return every_charge_has_its_order
"""


@dataclass
class Swept:
    """A run with `--sweep`, and its report."""

    result: pytest.RunResult
    out: Path

    @property
    def text(self) -> str:
        """What was written, without colours."""
        return re.sub(r"\033\[[0-9;]*m", "", self.result.stdout.str())

    @property
    def matrices(self) -> list[Matrix]:
        """What the JSON has."""
        return read_report(self.out / "sweep.json")

    def outcome(self, call: str, trial: str) -> str:
        """The outcome of a cell, by a part of the call's text."""
        (matrix,) = self.matrices
        (row,) = [row for row in matrix.rows if call in f"{row.boundary}: {row.text}"]
        cell = matrix.cell(row, trial)
        return cell.outcome.value if cell else ""


Sweep = Callable[..., Swept]


@pytest.fixture(scope="session")
def built_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shop's tables, and what is built of them."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "tables.sql").write_bytes(TABLES.read_bytes())
    return folder


@pytest.fixture
def clean_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the run around says."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in list(os.environ):
        kept = name in ("TEST_TMPDIR", "TEST_SRCDIR", "TEST_WORKSPACE")
        if name.startswith(("BELLJAR_", "TEST_", "PYTEST_XDIST", "PYTEST_ADDOPTS")) and not kept:
            monkeypatch.delenv(name)


@pytest.fixture
def run(pytester: pytest.Pytester, clean_environ: None) -> Callable[..., pytest.RunResult]:
    """Run pytest with belljar's plugin on a module of the given code, in a process of its own."""

    def run_pytest(code: str, *options: str, conftest: str = "") -> pytest.RunResult:
        pytester.makeini("[pytest]\n")
        pytester.makeconftest(conftest)
        pytester.makepyfile(test_it=code)
        return pytester.runpytest_subprocess(
            "-p", "belljar.plugin", "-p", "no:cacheprovider", *options
        )

    return run_pytest


@pytest.fixture
def sweep(run: Callable[..., pytest.RunResult], tmp_path: Path, built_tables: Path) -> Sweep:
    """Sweep a test of the shop, which has a habit."""

    def swept(
        *options: str,
        habit: str = "careful",
        code: str = BUYS,
        invariant: bool = False,
        more: str = "",
        patience: float = 30.0,
    ) -> Swept:
        conftest = CONFTEST.format(
            folder=str(built_tables),
            shop=str(HERE / "little_shop.py"),
            habit=habit,
            patience=patience,
        )
        out = tmp_path / "report"
        result = run(
            code,
            "--sweep",
            "--sweep-settle=0.3",
            f"--sweep-out={out}",
            *options,
            conftest=conftest + (INVARIANT if invariant else "") + more,
        )
        return Swept(result, out)

    return swept
