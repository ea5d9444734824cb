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


@pytest.fixture(scope="session")
def database_template() -> PostgresTemplate:
    """What the migrations make of an empty database; built again only when one of them changes."""
    return PostgresTemplate.build(migrations=Path(__file__).parents[1] / "migrations")


@pytest.fixture(scope="session")
def service_graph(database_template: PostgresTemplate) -> list[Service]:
    """The HTTP process with two workers, and the outbox that delivers what it owes."""
    both = {
        # The processes find their code where this one does.
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "ORDERS_DATABASE_URL": "{url:orders_db}",
        "ORDERS_EMAILS": "folder",
        "ORDERS_EMAILS_FOLDER": "{folder}/mails",
        "ORDERS_PAYMENTS": "folder",
        "ORDERS_PAYMENTS_FOLDER": "{folder}/payments",
        "ORDERS_STORAGE": "folder",
        "ORDERS_STORAGE_FOLDER": "{folder}/storage",
    }
    return [
        Service(
            name="orders",
            command=[sys.executable, "-m", "services.orders"],
            env={
                **both,
                "ORDERS_CACHE_URL": "{url:valkey}",
                "ORDERS_HOUSEKEEPING": "outside",
                "ORDERS_SOCKET_FD": "{fd}",
                "ORDERS_WORKERS": "2",
            },
            ready={"http": "/readyz"},
            databases={"orders_db": database_template, "valkey": "valkey"},
            stop_grace=25,
        ),
        Service(
            name="outbox",
            command=[sys.executable, "-m", "services.orders.outbox"],
            env={**both, "ORDERS_HOUSEKEEPING_INTERVAL": "600"},
            ports={},
            ready={"log": "the outbox waits for receipts"},
            databases={"orders_db": database_template},
            exports={"mails": "{folder}/mails"},
            stop_grace=25,
        ),
    ]
