"""A database manager and its cache, which is mocked: what is asked of the cache, and when."""

from __future__ import annotations

import pytest
from pytest_mock import MockerFixture
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from belljar.doubles.double import Double
from services.orders.caching import EnhancedCachingManager
from services.orders.database import DatabaseConfig, DatabaseManager, Transaction
from services.orders.views import MoneyView


@pytest.fixture
def config() -> DatabaseConfig:
    """A database in memory."""
    return DatabaseConfig(url="sqlite://")


def test_database_manager_with_mocked_cache(mocker: MockerFixture, config: DatabaseConfig) -> None:
    """A cached value is returned without a query."""
    mock_cache_manager = mocker.Mock(spec=EnhancedCachingManager)
    mock_cache_manager.get_or_load.return_value = 'price:1\n{"minor": 5, "currency": "EUR"}'
    load = mocker.Mock(name="load")
    db_manager = DatabaseManager(config, mock_cache_manager)

    found = db_manager.read_through("price:1", MoneyView, load)

    assert found == MoneyView(minor=5, currency="EUR")
    mock_cache_manager.get_or_load.assert_called_once_with("price:1", mocker.ANY)
    load.assert_not_called()


def test_what_the_cache_does_not_have_is_loaded_from_the_database(
    double: Double, config: DatabaseConfig
) -> None:
    """The loader runs in a transaction, and its result is what the cache is given."""
    cache = double(EnhancedCachingManager)
    cache.get_or_load.side_effect = lambda key, load: load()

    def load(session: Session) -> MoneyView:
        return MoneyView(minor=session.scalars(select(literal(7))).one(), currency="EUR")

    found = DatabaseManager(config, cache).read_through("price:1", MoneyView, load)

    assert found == MoneyView(minor=7, currency="EUR")


@pytest.mark.parametrize(
    "lie",
    [
        'price:2\n{"minor": 5, "currency": "EUR"}',
        '{"minor": 5, "currency": "EUR"}',
        "price:1\n{",
        "\0",
    ],
    ids=["another key's", "nobody's", "half", "garbage"],
)
def test_what_a_lying_cache_says_is_not_believed(
    double: Double, config: DatabaseConfig, lie: str
) -> None:
    """The database is asked instead, and the key is forgotten."""
    cache = double(EnhancedCachingManager, get_or_load=lie)

    found = DatabaseManager(config, cache).read_through(
        "price:1", MoneyView, lambda _: MoneyView(minor=7, currency="EUR")
    )

    assert found == MoneyView(minor=7, currency="EUR")
    cache.invalidate.assert_called_once_with("price:1")


def test_changed_keys_leave_the_cache_after_the_commit(
    double: Double, config: DatabaseConfig
) -> None:
    """Inside the transaction the cache is not touched yet."""
    cache = double(EnhancedCachingManager)

    with DatabaseManager(config, cache).transaction() as transaction:
        transaction.changed("product:1", "product:2")
        cache.invalidate.assert_not_called()

    cache.invalidate.assert_called_once_with("product:1", "product:2")


def test_work_that_is_run_leaves_the_cache_alone_until_its_commit(
    double: Double, config: DatabaseConfig
) -> None:
    """As in a transaction that is written as a block."""
    cache = double(EnhancedCachingManager)

    def work(transaction: Transaction) -> str:
        transaction.changed("product:1")
        cache.invalidate.assert_not_called()
        return "done"

    assert DatabaseManager(config, cache).run(work) == "done"
    cache.invalidate.assert_called_once_with("product:1")


def test_a_transaction_that_fails_leaves_the_cache_alone(
    double: Double, config: DatabaseConfig
) -> None:
    """What was rolled back did not change."""
    cache = double(EnhancedCachingManager)

    with (
        pytest.raises(LookupError),
        DatabaseManager(config, cache).transaction() as transaction,
    ):
        transaction.changed("product:1")
        raise LookupError

    cache.invalidate.assert_not_called()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_psycopg_3(scheme: str) -> None:
    """The driver does not depend on who wrote the URL."""
    url = DatabaseConfig(f"{scheme}://user@host/orders").sqlalchemy_url()
    assert url.drivername == "postgresql+psycopg"
