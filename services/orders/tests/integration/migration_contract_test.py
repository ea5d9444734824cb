"""The migrations keep the contract that every service's migrations keep, on both databases."""

from __future__ import annotations

from pathlib import Path

from belljar.databases.migrations import alembic_tests
from services.orders.models import Base

MIGRATIONS = Path(__file__).parents[2] / "migrations"

TestOnPostgres = alembic_tests(script_location=MIGRATIONS, metadata=Base.metadata)
TestOnSqlite = alembic_tests(script_location=MIGRATIONS, metadata=Base.metadata, on="sqlite")
