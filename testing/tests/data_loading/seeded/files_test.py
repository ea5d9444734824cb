"""A template seeded by CSV and JSON files."""

from __future__ import annotations

from belljar.databases.isolation import Database


def test_the_rows_of_the_files_are_there(database: Database) -> None:
    """And the sequence goes on behind them."""
    with database.connect() as connection:
        query = "SELECT name, born::text FROM customers ORDER BY id"
        assert connection.execute(query).fetchall() == [("Ada", "1815-12-10"), ("Grace, B.", None)]
        query = "INSERT INTO orders (customer_id) VALUES (7) RETURNING id"
        assert connection.execute(query).fetchone() == (3,)
