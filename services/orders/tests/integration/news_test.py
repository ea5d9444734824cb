"""News of owed receipts: carried by PostgreSQL, after the commit and only then."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from belljar.databases.isolation import Database
from services.orders.catalog import Catalog
from services.orders.database import DatabaseConfig, DatabaseManager, make_engine
from services.orders.fakes.emails import FakeEmails
from services.orders.fakes.payments import FakePayments
from services.orders.fakes.storage import FakeStorage
from services.orders.housekeeping import Housekeeping
from services.orders.idempotency import Idempotency
from services.orders.identifiers import IdentifierFactory, utc_now
from services.orders.news import News, tell
from services.orders.outbox import drain
from services.orders.outside.emails import Message
from services.orders.paying import Paying
from services.orders.receipts import Receipts
from services.orders.settling import Settling
from services.orders.tests.integration.proxied import proxied_postgres
from services.orders.views import OrderView, ProductView

# Connections of their own, or one would hear its own news.
pytestmark = pytest.mark.database(isolation="template")

# Longer than any test may take: whoever returns before was told.
LONG = 600.0
Place = Callable[[dict[str, int]], OrderView]


@pytest.fixture
def news(manager: DatabaseManager) -> Iterator[News]:
    """News of the test's database, listened to already."""
    news = News(manager.engine)
    assert news.wait(LONG)
    assert news.listening
    yield news
    news.close()


def test_a_commit_is_heard_by_who_waits(news: News, manager: DatabaseManager) -> None:
    with manager.transaction() as transaction:
        tell(transaction.session)
    assert news.wait(LONG)


def test_what_is_not_committed_is_not_heard(news: News, manager: DatabaseManager) -> None:
    """The wait ends when its time is up."""
    with pytest.raises(ZeroDivisionError), manager.transaction() as transaction:
        tell(transaction.session)
        raise ZeroDivisionError
    assert news._pause(news._connection, 0.0) is False


def test_a_waiting_thread_can_be_stopped_for_good(news: News) -> None:
    outcome: list[bool] = []
    thread = threading.Thread(target=lambda: outcome.append(news.wait(LONG)))
    thread.start()
    news.stop()
    thread.join(timeout=30)
    assert outcome == [False]
    assert news.wait(LONG) is False


def test_a_lost_connection_is_made_again(
    news: News, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged, and who waits is woken, because something may have been missed."""
    with database.engine.connect() as connection, caplog.at_level(logging.WARNING):
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        )
        # PostgreSQL says why before it hangs up; that may be heard first.
        while news.listening:
            assert news.wait(LONG)
    assert "the connection that hears of owed receipts is lost" in caplog.text
    assert news.wait(LONG)
    assert news.listening


def test_a_connection_that_nobody_is_at_the_end_of_is_found_out(database: Database) -> None:
    """It is silent like one that has no news; when the time is up it is tried."""
    with proxied_postgres(database.url) as (proxy, url):
        engine = make_engine(DatabaseConfig(url, timeout=0.3))
        news = News(engine)
        assert news.wait(LONG)
        with proxy.add("bandwidth", rate=0):
            assert news.wait(0.05)
            assert not news.listening
        assert news.wait(LONG)
        assert news.listening
        news.close()
        engine.dispose()


def test_a_payment_wakes_the_outbox_which_mails_the_receipt(
    manager: DatabaseManager, place: Place, product: ProductView, customer_email: str
) -> None:
    """Nothing but the news tells it: its own look at the table would be in ten minutes."""
    mailed = threading.Event()

    class Inbox(FakeEmails):
        def send(self, message: Message) -> None:
            super().send(message)
            mailed.set()

    emails = Inbox()
    paying = Paying(manager, FakePayments(), IdentifierFactory(), utc_now)
    news = News(manager.engine)
    housekeeping = Housekeeping(
        Receipts(manager, FakeStorage(), emails, utc_now),
        Settling(manager, paying, utc_now, timedelta(seconds=LONG)),
        Idempotency(manager, utc_now),
        utc_now,
        LONG,
    )
    thread = threading.Thread(target=drain, args=(housekeeping, news))
    thread.start()
    try:
        order = place({product.id: 1})
        paying.pay(order.id, "pm_card_visa")
        assert mailed.wait(timeout=30)
    finally:
        news.stop()
        thread.join(timeout=30)
        news.close()
    assert [message.to for message in emails.inbox] == [customer_email]


def test_the_catalog_is_no_news(news: News, catalog: Catalog, product: ProductView) -> None:
    """Only a payment owes a receipt."""
    catalog.adjust_stock(product.id, 1)
    assert news._pause(news._connection, 0.0) is False
