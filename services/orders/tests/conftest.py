"""What Bazel builds and declares in `//services/orders`, said again for plain pytest.

Under Bazel this file is not used: the template is `:orders_db`, the graph is `:orders` and
`:outbox` with what they need.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from belljar.databases import PostgresTemplate
from belljar.services import Service

# The processes find their code where this one does.
_PYTHON = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


@pytest.fixture(scope="session")
def database_template() -> PostgresTemplate:
    """What the migrations make of an empty database; built again only when one of them changes."""
    return PostgresTemplate.build(migrations=Path(__file__).parents[1] / "migrations")


@pytest.fixture(scope="session")
def service_graph(database_template: PostgresTemplate) -> list[Service]:
    """The HTTP process with two workers, the outbox that delivers what it owes, and their mocks."""
    told = {
        **_PYTHON,
        "ORDERS_BREAKER_COOL_DOWN": "0.5",
        "ORDERS_DATABASE_TIMEOUT": "0.5",
        "ORDERS_DATABASE_URL": "{url:orders_db}",
        "ORDERS_EMAILS_HOST": "{host:email.smtp}",
        "ORDERS_EMAILS_PORT": "{port:email.smtp}",
        "ORDERS_EMAILS_TIMEOUT": "1",
        "ORDERS_PAYMENTS_API_KEY": "{export:payments.api_key}",
        "ORDERS_PAYMENTS_TIMEOUT": "0.5",
        "ORDERS_PAYMENTS_URL": "{url:payments}",
        "ORDERS_REQUEST_TIMEOUT": "3",
        "ORDERS_STORAGE_ACCESS_KEY": "{export:storage.access_key}",
        "ORDERS_STORAGE_BUCKET": "receipts",
        "ORDERS_STORAGE_MAKE_BUCKET": "true",
        "ORDERS_STORAGE_REGION": "{export:storage.region}",
        "ORDERS_STORAGE_SECRET_KEY": "{export:storage.secret_key}",
        "ORDERS_STORAGE_TIMEOUT": "0.5",
        "ORDERS_STORAGE_URL": "{url:storage}",
    }
    mocks = ["email", "payments", "storage"]
    return [
        *_mocks(),
        Service(
            name="orders",
            command=[sys.executable, "-m", "services.orders"],
            env={
                **told,
                "ORDERS_CACHE_URL": "{url:valkey}",
                "ORDERS_HOUSEKEEPING": "outside",
                "ORDERS_SOCKET_FD": "{fd}",
                "ORDERS_WORKERS": "2",
            },
            ready={"http": "/readyz"},
            databases={"orders_db": database_template, "valkey": "valkey"},
            deps=mocks,
            stop_grace=25,
        ),
        Service(
            name="outbox",
            command=[sys.executable, "-m", "services.orders.outbox"],
            env={**told, "ORDERS_HOUSEKEEPING_INTERVAL": "600"},
            ports={},
            ready={"log": "the outbox waits for receipts"},
            databases={"orders_db": database_template},
            deps=mocks,
            stop_grace=25,
        ),
    ]


def _mocks() -> list[Service]:
    """As `//services/mocks` has them."""
    ready = {"http": "/_belljar/ready"}
    return [
        Service(
            name="email",
            command=[
                sys.executable,
                "-m",
                "belljar.mocks.email",
                "--fd={fd:.main}",
                "--smtp-fd={fd:.smtp}",
                "--smtps-fd={fd:.smtps}",
                "--ca={folder}/ca.pem",
            ],
            env=_PYTHON,
            ports={"main": "http", "smtp": "smtp", "smtps": "smtps"},
            ready=ready,
            exports={"user": "default"},
        ),
        Service(
            name="payments",
            command=[sys.executable, "-m", "belljar.mocks.payments", "--fd", "{fd}"],
            env=_PYTHON,
            ready=ready,
            exports={"api_key": "sk_test_default"},
        ),
        Service(
            name="storage",
            command=[sys.executable, "-m", "belljar.mocks.storage", "--fd={fd}"],
            env=_PYTHON,
            ready=ready,
            exports={
                "access_key": "default",
                "region": "us-east-1",
                "secret_key": "belljar-secret-key",
            },
        ),
    ]
