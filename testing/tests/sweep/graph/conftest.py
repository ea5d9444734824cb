"""The graph of the BUILD file, for plain pytest."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from belljar.databases import PostgresTemplate
from belljar.services import Service

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def shop_db(tmp_path_factory: pytest.TempPathFactory) -> PostgresTemplate:
    return PostgresTemplate.build(
        migrations=[HERE.parent / "shop.sql"], folder=tmp_path_factory.mktemp("shop_db")
    )


@pytest.fixture(scope="session")
def service_graph(shop_db: PostgresTemplate) -> Sequence[Service]:
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return [
        Service(
            "payments",
            [sys.executable, str(HERE / "payments.py")],
            args=["--fd", "{fd}"],
            env=path,
            ready={"http": "/_belljar/ready"},
            exports={"api_key": "sk_test_shop"},
        ),
        Service(
            "shop",
            [sys.executable, str(HERE.parent / "little_shop.py")],
            args=["--fd", "{fd}"],
            env=path
            | {
                "DATABASE_URL": "{url:shop_db}",
                "PAYMENTS_KEY": "{export:payments.api_key}",
                "PAYMENTS_URL": "{url:payments}",
            },
            ready={"http": "/ready"},
            deps=["payments"],
            databases={"shop_db": shop_db},
        ),
    ]
