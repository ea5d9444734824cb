"""Smoke tests of a service that runs already, on a database that is not ours: staging, or else the graph's.

    TEST_ENV=staging STAGING_DATABASE_URL=... TEST__ORDERS__DEPLOYED__URL=https://orders.staging-1.example.com \\
        TEST__ORDERS__DEPLOYED__DATABASE_URL=file:/run/secrets/orders pytest services/orders/tests/e2e/smoke_test.py

The rows are noted in a ledger and removed again. Nobody can order what they have: a product that a customer's order
refers to would have to stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from belljar.data.data import Data
from belljar.data.ledger import Ledger, place_of
from belljar.databases.isolation import Database
from belljar.services import Services
from services.orders.models import Base, Order
from services.orders.tests.factories import OrderFactory
from services.orders.tests.settings import OrdersTestSettings

CreateProduct = Callable[..., dict[str, Any]]
Place = Callable[..., httpx.Response]


@dataclass(frozen=True)
class Deployed:
    """Where the service is, its database, and the file that knows what we put there."""

    url: str
    database_url: str
    allow: tuple[str, ...]
    file: Path | None


@pytest.fixture
def deployed(
    test_settings: OrdersTestSettings, request: pytest.FixtureRequest, tmp_path: Path
) -> Deployed:
    """What the settings name; the graph is started only if they name nothing."""
    named = test_settings.orders.deployed
    if named.url is not None and named.database_url is not None:
        # Noted in the user's cache: should this run be killed, the next one removes what it left.
        return Deployed(named.url, named.database_url.get_secret_value(), named.allow, None)
    services: Services = request.getfixturevalue("services")
    database: Database = request.getfixturevalue("database")
    place = place_of(database.url)
    return Deployed(services["orders"].url, database.url, (place,), tmp_path / "orders.ledger")


@pytest.fixture
def ledger(deployed: Deployed, data: Data) -> Ledger:
    """What is created through it is gone when the test ends."""
    return data.ledger(deployed.database_url, file=deployed.file, allow=deployed.allow)


@pytest.fixture
def order(ledger: Ledger) -> Order:
    """An order of a customer of our own; its products are withdrawn from sale."""
    email = ledger.draw.unique.text("smoke@example.com")
    made: Order = ledger.create(OrderFactory, customer_email=email, lines__product__active=False)
    return made


@pytest.fixture
def client(deployed: Deployed, test_settings: OrdersTestSettings) -> Iterator[httpx.Client]:
    """A client of the service that is looked at."""
    patience = test_settings.orders.waiting.one_request
    with httpx.Client(base_url=deployed.url, timeout=patience) as client:
        yield client


def test_the_service_shows_what_its_database_has(client: httpx.Client, order: Order) -> None:
    """It is up, and works on the database that we think it does."""
    (listed,) = client.get("/orders", params={"customer_email": order.customer_email}).json()[
        "items"
    ]
    assert (listed["id"], listed["total"]["minor"]) == (order.id, order.total_minor)
    shown = client.get(f"/orders/{order.id}").json()
    assert [(line["sku"], line["quantity"]) for line in shown["lines"]] == [
        (line.sku, line.quantity) for line in order.lines
    ]
    product = client.get(f"/products/{order.lines[0].product_id}").json()
    assert (product["sku"], product["active"]) == (order.lines[0].sku, False)


def test_nothing_of_ours_stays_and_nothing_else_goes(
    services: Services,
    database: Database,
    data: Data,
    tmp_path: Path,
    create_product: CreateProduct,
    place: Place,
) -> None:
    """Customers go on ordering meanwhile, whatever they can get."""
    theirs = create_product()
    assert place(theirs, key="before").status_code == 201
    before = rows_of(database)

    ledger = data.ledger(
        database.url, file=tmp_path / "orders.ledger", allow=[place_of(database.url)]
    )
    ours = ledger.create_many(OrderFactory, 3, lines__product__active=False)
    assert {order.id for order in ours} < {row["id"] for row in rows_of(database)["orders"]}
    refused = place({"id": ours[0].lines[0].product_id}, key="ours")
    assert (refused.status_code, refused.json()["code"]) == (422, "unprocessable")

    ledger.close()
    left = rows_of(database)
    # The customer's answer is the customer's.
    (answer,) = (row for row in left["idempotency_records"] if row["key"] == "ours")
    left["idempotency_records"].remove(answer)
    assert left == before


def rows_of(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All that is in the database, by table."""
    with database.engine.connect() as connection:
        return {
            table: [
                dict(row)
                for row in connection.execute(text(f"TABLE {table} ORDER BY 1, 2")).mappings()
            ]
            for table in sorted(Base.metadata.tables)
        }
