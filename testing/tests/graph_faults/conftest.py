"""The graph of the BUILD file, for plain pytest; and a customer of the shop."""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from belljar.databases import PostgresTemplate
from belljar.services import Service, Services

HERE = Path(__file__).parent
PYTHON = [sys.executable, str(HERE / "server.py")]


@pytest.fixture(scope="session")
def shop_db(tmp_path_factory: pytest.TempPathFactory) -> PostgresTemplate:
    return PostgresTemplate.build(
        migrations=[HERE / "shop.sql"], folder=tmp_path_factory.mktemp("shop_db")
    )


@pytest.fixture(scope="session")
def service_graph(shop_db: PostgresTemplate) -> Sequence[Service]:
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return [
        Service("stock", PYTHON, args=["--fd={fd}"], env=path),
        Service(
            "shop",
            PYTHON,
            args=[
                "--fd={fd}",
                "--database={url:shop_db}",
                "--cache={url:valkey}",
                "--stock={url:stock}",
            ],
            env=path,
            deps=["stock"],
            databases={"shop_db": shop_db, "valkey": "valkey"},
        ),
    ]


@pytest.fixture
def ask(services: Services) -> Callable[[str], str]:
    """Ask the shop for something; `done` or the name of what went wrong."""

    def answer(what: str) -> str:
        with urllib.request.urlopen(f"{services['shop'].url}/{what}", timeout=20) as response:
            return str(response.read().decode())

    return answer
