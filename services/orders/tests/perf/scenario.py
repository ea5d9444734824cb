"""The load on orders: people browse and search a lot, order sometimes, and pay for what they order.

`target` brings the service up as a process on a PostgreSQL and a Valkey of its own; `THRESHOLDS`
say what it has to reach. Driven by `belljar.load`:

    python -m belljar.load services.orders.tests.perf.scenario --duration 10s --users 8
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from locust import FastHttpUser, between, task

from belljar.databases import PostgresServer, ValkeyServer
from belljar.load import Threshold
from services.orders.tests.process import log_path, orders_process, process_environment

# Generous, for a busy machine: they catch a mistake of an order of magnitude, not one of a tenth.
THRESHOLDS = (
    Threshold("http_req_failed", "rate<0.01"),
    Threshold("http_reqs", "count>=20"),
    Threshold("http_req_duration", "p(95)<1000"),
    Threshold("http_req_duration", "med<500", name="GET /products/[id]"),
)

PRODUCTS = 50
WORDS = ("Lamp", "Chair", "Table", "Clock", "Mirror")


@contextmanager
def target() -> Iterator[str]:
    """The base URL of a running service with fifty products in stock."""
    with TemporaryDirectory() as folder, PostgresServer() as postgres, ValkeyServer() as valkey:
        environment = process_environment(
            postgres.create_database(),
            valkey.url,
            ORDERS_LOG_LEVEL="warning",
            ORDERS_MIGRATE_ON_START="true",
        )
        log = log_path("orders-perf", Path(folder))
        with orders_process(environment, log) as (_, url):
            seed(url)
            yield url


def seed(url: str) -> None:
    """Create the products that the users look for, with more pieces than they can buy."""
    with httpx.Client(base_url=url, timeout=30) as client:
        for number in range(PRODUCTS):
            client.post(
                "/products",
                json={
                    "sku": f"SKU-{number}",
                    "name": f"{WORDS[number % len(WORDS)]} {number}",
                    "price": {"minor": 500 + number, "currency": "EUR"},
                    "stock": 1_000_000,
                },
            ).raise_for_status()


class Customer(FastHttpUser):
    """Somebody who mostly looks around."""

    wait_time = between(0.01, 0.05)

    def on_start(self) -> None:
        """See the first page, as everybody does."""
        self.product_ids: list[str] = []
        self.browse()

    @task(5)
    def browse(self) -> None:
        """Look at a page of products."""
        with self.client.get(
            "/products?limit=20", name="/products", catch_response=True
        ) as response:
            if response.status_code == 200:
                self.product_ids = [item["id"] for item in response.json()["items"]]

    @task(8)
    def look(self) -> None:
        """Look at one product."""
        self.client.get(f"/products/{self._choose()}", name="/products/[id]")

    @task(3)
    def search(self) -> None:
        """Search for a word."""
        word = random.choice(WORDS).lower()
        self.client.get(f"/products?q={word}", name="/products?q=[word]")

    @task(2)
    def order_and_pay(self) -> None:
        """Order one or two pieces, pay, and fetch the receipt."""
        placed = self.client.post(
            "/orders",
            json={
                "customer_email": "ada@example.com",
                "lines": [{"product_id": self._choose(), "quantity": random.randint(1, 2)}],
            },
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )
        if placed.status_code != 201:
            return
        order = placed.json()["id"]
        paid = self.client.post(
            f"/orders/{order}/payment",
            json={"payment_method": "pm_card_visa"},
            name="/orders/[id]/payment",
        )
        if paid.status_code == 200:
            self.client.get(f"/orders/{order}/receipt", name="/orders/[id]/receipt")

    def _choose(self) -> str:
        # Without a first page (the service is down) there is nothing to choose, which is counted.
        return random.choice(self.product_ids or ["none"])
