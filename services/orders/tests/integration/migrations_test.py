"""`migrate` goes up and down on PostgreSQL and SQLite, and carries the shop's rows along.

What holds for any service's migrations is in `migration_contract_test.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, inspect, text

from belljar.databases import Postgres
from services.orders import migrate
from services.orders.database import DatabaseConfig, make_engine
from services.orders.revision import REVISION, current


@pytest.fixture
def empty_database_url(postgres: Postgres) -> Iterator[str]:
    """The URL of a new database without any table."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=["postgresql", "sqlite"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database of each kind."""
    postgresql = request.param == "postgresql"
    url = request.getfixturevalue("empty_database_url") if postgresql else "sqlite://"
    engine = make_engine(DatabaseConfig(url))
    yield engine
    engine.dispose()


def test_the_code_needs_the_newest_revision() -> None:
    assert migrate.head() == REVISION


def test_every_migration_can_be_taken_back_and_made_again(engine: Engine) -> None:
    """Down one by one to nothing, and up again."""
    revisions = [f"{number:04}" for number in range(int(migrate.head()), 0, -1)]
    migrate.upgrade(engine)
    for revision, lower in zip(revisions, [*revisions[1:], "base"], strict=True):
        assert current(engine) == revision
        migrate.downgrade(engine, lower)
    assert [name for name in inspect(engine).get_table_names() if name != "alembic_version"] == []
    migrate.upgrade(engine)
    assert current(engine) == migrate.head()


def test_rows_that_exist_are_carried_along(engine: Engine) -> None:
    """Products get stock, a folded name and are on sale; paid orders are owed a receipt."""
    migrate.upgrade(engine, "0001")
    run(
        engine,
        "INSERT INTO products VALUES ('p', 'S', 'STRAßE', '', 5, 'EUR', '2026-01-01 00:00:00')",
    )
    migrate.upgrade(engine, "0005")
    run(
        engine,
        "INSERT INTO orders VALUES ('o', 'a@b', 'paid', 5, 'EUR', '2026-01-01 00:00:00')",
        "INSERT INTO order_lines VALUES ('o', 0, 'p', 'S', 'STRAßE', 1, 5)",
        "INSERT INTO payments VALUES ('y', 'o', 'card', 'succeeded', 5, 'EUR', 'pi', NULL, "
        "'2026-01-01 00:00:00', '2026-01-01 00:00:00')",
    )
    migrate.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT quantity FROM stock")).all() == [(0,)]
        rows = connection.execute(text("SELECT search_name, active FROM products")).all()
        assert rows == [("strasse", True)]
        rows = connection.execute(text("SELECT storage_key, stored_at FROM receipts")).all()
        assert rows == [("receipts/o.txt", None)]
        # Rebuilding a table on SQLite must not take its children along.
        assert connection.execute(text("SELECT count(*) FROM order_lines")).scalar_one() == 1


def test_processes_that_migrate_at_the_same_time_wait_for_each_other(
    empty_database_url: str,
) -> None:
    """Three of them start on an empty database; all succeed."""

    def start(_: int) -> str | None:
        engine = make_engine(DatabaseConfig(empty_database_url))
        try:
            migrate.upgrade(engine)
            return current(engine)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(start, range(3))) == [migrate.head()] * 3


def run(engine: Engine, *statements: str) -> None:
    """Execute the statements in one transaction."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
