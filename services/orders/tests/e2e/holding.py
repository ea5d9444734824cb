"""What must hold of the shop when all is settled, whatever failed on the way.

Mail is not among it: a receipt is mailed at least once, and may come twice when an answer is lost.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import text

from belljar.databases.isolation import Database
from belljar.mocks.payments.client import PaymentsClient


def charges(payments: PaymentsClient) -> list[tuple[str, int]]:
    """The orders that money was taken for and kept, each with the amount in minor units."""
    return [
        (one["metadata"].get("order_id", ""), one["amount"] - one["amount_refunded"])
        for one in payments.charges()
        if one["status"] == "succeeded" and one["amount"] > one["amount_refunded"]
    ]


def no_order_is_charged_twice(payments: PaymentsClient) -> None:
    """One charge, net of refunds, for each order that was charged."""
    often = Counter(order for order, _ in charges(payments))
    twice = {order: number for order, number in often.items() if number > 1}
    assert not twice, f"charged more than once: {twice}"


def every_charge_is_of_a_paid_order(database: Database, payments: PaymentsClient) -> None:
    """Nobody's money is taken for nothing: what is still open is settled in the end."""
    charged = {order for order, _ in charges(payments)}
    paid = {row[0] for row in _rows(database, "SELECT id FROM orders WHERE status = 'paid'")}
    assert charged <= paid, f"charged and not paid: {sorted(charged - paid)}"


def every_paid_order_is_charged_its_total(database: Database, payments: PaymentsClient) -> None:
    """Its total, no more and no less; nothing is free that has a price."""
    query = "SELECT id, total_minor FROM orders WHERE status = 'paid' AND total_minor > 0"
    paid = {(row[0], row[1]) for row in _rows(database, query)}
    assert paid == set(charges(payments)), f"paid {paid}, charged {charges(payments)}"


def no_piece_is_sold_twice_or_lost(database: Database, stocked: dict[str, int]) -> None:
    """What is left and what is ordered is what there was."""
    query = """
        SELECT product_id, quantity, quantity + (
            SELECT coalesce(sum(lines.quantity), 0)
            FROM order_lines AS lines JOIN orders ON orders.id = lines.order_id
            WHERE lines.product_id = stock.product_id AND orders.status <> 'cancelled'
        ) FROM stock
    """
    for product_id, remaining, together in _rows(database, query):
        assert remaining >= 0, f"{product_id} has {remaining} pieces"
        if product_id in stocked:
            assert together == stocked[product_id], (
                f"{product_id} had {stocked[product_id]} pieces, and {together} are ordered or left"
            )


def every_paid_order_has_its_receipt(database: Database) -> None:
    """At least as something that is owed."""
    query = """
        SELECT id FROM orders WHERE status = 'paid'
        AND NOT EXISTS (SELECT 1 FROM receipts WHERE receipts.order_id = orders.id)
    """
    without = [row[0] for row in _rows(database, query)]
    assert not without, f"paid, and no receipt is owed: {without}"


def _rows(database: Database, query: str) -> list[Any]:
    with database.engine.connect() as connection:
        return list(connection.execute(text(query)))
