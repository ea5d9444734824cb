"""As many rows as a shop has after years, plain ones: for what depends on their number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from belljar.data.data import Data
from services.orders.identifiers import IdentifierFactory
from services.orders.tests.factories import LEASE, THINGS

PRODUCTS = 2_000
ORDERS = 10_000
CUSTOMERS = 1_500

Row = dict[str, Any]
# Everything has happened within this time, in this order.
_PRODUCTS, _ORDERS, _DAYS = 30, 300, 335


def large(data: Data) -> Mapping[str, list[Row]]:
    """Two thousand products, ten thousand orders with twenty thousand lines; three in five are paid."""
    rows: dict[str, list[Row]] = {
        name: [] for name in ("products", "stock", "orders", "order_lines", "payments", "receipts")
    }
    now = data.draw.now - timedelta(days=_DAYS)
    identifiers = IdentifierFactory(lambda: now, random_bits=data.random.getrandbits)
    for number in range(PRODUCTS):
        now += timedelta(days=_PRODUCTS) / PRODUCTS
        name = f"{THINGS[number % len(THINGS)]} {number}"
        product = {
            "id": identifiers.new("prd"),
            "sku": f"LARGE-{number}",
            "name": name,
            "search_name": name.casefold(),
            "description": "",
            "price_minor": data.random.randint(100, 50_000),
            "currency": "EUR",
            "active": number % 10 != 0,
            "created_at": now,
        }
        rows["products"].append(product)
        rows["stock"].append(
            {"product_id": product["id"], "quantity": number % 50, "updated_at": now}
        )
    for number in range(ORDERS):
        now += timedelta(days=_ORDERS) / ORDERS
        chosen = data.random.sample(rows["products"], data.random.randint(1, 3))
        order_id = identifiers.new("ord")
        lines = list(_lines(data, order_id, chosen))
        total = sum(line["quantity"] * line["unit_price_minor"] for line in lines)
        status = ("paid", "paid", "paid", "pending", "cancelled")[number % 5]
        rows["orders"].append(
            {
                "id": order_id,
                "customer_email": f"customer{data.random.randrange(CUSTOMERS)}@example.com",
                "status": status,
                "total_minor": total,
                "currency": "EUR",
                "created_at": now,
                "updated_at": now,
            }
        )
        rows["order_lines"] += lines
        if status != "paid":
            continue
        rows["payments"].append(
            {
                "id": identifiers.new("pay"),
                "order_id": order_id,
                "method": "pm_card_visa",
                "status": "succeeded",
                "amount_minor": total,
                "currency": "EUR",
                "reference": f"pi_large_{number}",
                "lease_until": now + LEASE,
                "created_at": now,
            }
        )
        rows["receipts"].append(
            {
                "order_id": order_id,
                "storage_key": f"receipts/{order_id}.txt",
                "stored_at": now,
                "emailed_at": now,
                "created_at": now,
            }
        )
    return rows


def _lines(data: Data, order_id: str, chosen: list[Row]) -> Iterator[Row]:
    for position, product in enumerate(sorted(chosen, key=lambda product: str(product["id"]))):
        yield {
            "order_id": order_id,
            "position": position,
            "product_id": product["id"],
            "sku": product["sku"],
            "name": product["name"],
            "quantity": data.random.randint(1, 5),
            "unit_price_minor": product["price_minor"],
        }
