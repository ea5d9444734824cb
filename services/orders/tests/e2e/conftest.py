"""Fixtures of the e2e tests: the service as a process, on a real PostgreSQL and Valkey.

The processes of a test share its fixture `database`: migrated, and without a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from belljar.databases import ValkeyServer
from belljar.databases.isolation import Database
from belljar.processes import Process
from services.orders.tests.process import log_path, orders_process, process_environment

Start = Callable[[], tuple[Process, httpx.Client]]


@pytest.fixture
def start(
    request: pytest.FixtureRequest, tmp_path: Path, database: Database, valkey: ValkeyServer
) -> Iterator[Start]:
    """A function that starts a process and gives it with a client; more than once if need be.

    Whatever still runs at the end of the test is stopped.
    """
    valkey.flush()
    with ExitStack() as stack:

        def start() -> tuple[Process, httpx.Client]:
            environment = process_environment(database.url, valkey.url)
            log = log_path(request.node.name, tmp_path)
            process, url = stack.enter_context(orders_process(environment, log))
            client = stack.enter_context(httpx.Client(base_url=url, timeout=30))
            return process, client

        yield start


@pytest.fixture
def orders(start: Start) -> httpx.Client:
    """A client of a running process."""
    _, client = start()
    return client


@pytest.fixture
def create_product() -> Callable[..., dict[str, Any]]:
    """A function that creates a product over HTTP: `create_product(client, stock=3)`."""

    def create_product(client: httpx.Client, stock: int = 10) -> dict[str, Any]:
        response = client.post(
            "/products",
            json={
                "sku": "LAMP-1",
                "name": "Lamp",
                "price": {"minor": 1250, "currency": "EUR"},
                "stock": stock,
            },
        )
        assert response.status_code == 201, response.text
        product: dict[str, Any] = response.json()
        return product

    return create_product


@pytest.fixture
def place() -> Callable[..., httpx.Response]:
    """A function that orders one product over HTTP: `place(client, product, key="k1")`."""

    def place(
        client: httpx.Client, product: dict[str, Any], *, key: str, quantity: int = 1
    ) -> httpx.Response:
        return client.post(
            "/orders",
            json={
                "customer_email": "ada@example.com",
                "lines": [{"product_id": product["id"], "quantity": quantity}],
            },
            headers={"Idempotency-Key": key},
        )

    return place
