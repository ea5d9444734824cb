"""Receipts that are owed in a shop that has been open for a while: they go out, and no other does again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from belljar.data.data import Data
from belljar.databases.isolation import Database
from services.orders.database import DatabaseManager
from services.orders.fakes.emails import FakeEmails
from services.orders.fakes.storage import FakeStorage
from services.orders.receipts import Receipts

# What else is there must be left alone; it takes no order by hand to have it there.
pytestmark = pytest.mark.data("typical")


def owed(database: Database) -> set[tuple[str, str]]:
    """The customers and orders whose receipts are not delivered yet."""
    query = """
        SELECT customer_email, order_id FROM receipts JOIN orders ON orders.id = order_id
        WHERE stored_at IS NULL OR emailed_at IS NULL
    """
    with database.engine.connect() as connection:
        return {(row[0], row[1]) for row in connection.execute(text(query))}


@pytest.fixture
def emails() -> FakeEmails:
    """The mail that goes out."""
    return FakeEmails()


@pytest.fixture
def receipts(data: Data, manager: DatabaseManager, emails: FakeEmails) -> Receipts:
    """The receipts of the shop, on the day after the scenario's."""
    tomorrow = data.draw.now + timedelta(days=1)
    return Receipts(manager, FakeStorage(), emails, lambda: tomorrow, chance=lambda: 1.0)


def test_each_receipt_that_is_owed_is_mailed_to_its_customer(
    database: Database, receipts: Receipts, emails: FakeEmails
) -> None:
    """Once, and the fifty others not again."""
    before = owed(database)
    assert len(before) > 1
    assert receipts.deliver_owed() == len(before)
    assert {(mail.to, mail.subject.split()[-1]) for mail in emails.inbox} == before
    assert (len(emails.inbox), owed(database)) == (len(before), set())
    assert receipts.deliver_owed() == 0


def test_what_is_owed_for_longest_goes_first(
    database: Database, receipts: Receipts, emails: FakeEmails
) -> None:
    """A few at a time, as many as there is time for."""
    query = """
        SELECT order_id FROM receipts WHERE emailed_at IS NULL ORDER BY created_at LIMIT 3
    """
    with database.engine.connect() as connection:
        oldest = list(connection.scalars(text(query)))
    assert receipts.deliver_owed(limit=3) == 3
    assert [mail.subject.split()[-1] for mail in emails.inbox] == oldest
