"""The database that the tests start from under plain pytest; Bazel has built it as `:orders_db`."""

from __future__ import annotations

from pathlib import Path

import pytest

from belljar.databases import PostgresTemplate


@pytest.fixture(scope="session")
def database_template() -> PostgresTemplate:
    """What the migrations make of an empty database; built again only when one of them changes."""
    return PostgresTemplate.build(migrations=Path(__file__).parents[1] / "migrations")
