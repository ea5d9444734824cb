"""The same templates under plain pytest, where no build has made them."""

from __future__ import annotations

from pathlib import Path

import pytest

from belljar.databases import PostgresTemplate
from belljar.databases.sqlite_template import SqliteTemplate

HERE = Path(__file__).parent
SCHEMA = [HERE / "schema.sql"]


@pytest.fixture(scope="session")
def database_template() -> PostgresTemplate:
    return PostgresTemplate.declared() or PostgresTemplate.build(
        migrations=SCHEMA, seed=HERE / "scenarios" / "small"
    )


@pytest.fixture(scope="session")
def sqlite_template() -> SqliteTemplate:
    return SqliteTemplate.declared() or SqliteTemplate.build(
        migrations=SCHEMA, seed=HERE / "drawn.py"
    )
