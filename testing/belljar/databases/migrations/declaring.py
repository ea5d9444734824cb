"""`alembic_tests`: a class of tests for the migrations of a service."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import MetaData

from belljar.databases.migrations.history import BadMigrations, History
from belljar.databases.migrations.states import Hook
from belljar.databases.migrations.tests import MigrationTests

__all__ = ["alembic_tests"]


def alembic_tests(
    *,
    script_location: Path,
    metadata: MetaData | Sequence[MetaData],
    on: Literal["postgres", "sqlite"] = "postgres",
    irreversible: Collection[str] = (),
    rows: Mapping[str, Hook] | None = None,
    empty_tables: Collection[str] = (),
    may_lose: Mapping[str, Collection[str]] | None = None,
    exact_downgrades: bool = True,
    config: Path | None = None,
    driver: str | None = None,
    url_variables: Sequence[str] = (),
) -> type[MigrationTests]:
    """Return a test class; assign it to a name that begins with `Test`.

    `script_location` is the folder with `env.py`, which runs as it does in production; it may use
    `config.attributes["connection"]` or `sqlalchemy.url`. `metadata` is what the models declare.
    `on="postgres"` takes the fixture `postgres`; `on="sqlite"` databases in memory.

    What is meant to be otherwise is said per revision: `irreversible` ones have no downgrade (those
    that raise NotImplementedError need not be listed); `may_lose` lists tables, or columns as
    "table.column", whose data a revision gives up on purpose. Rows are generated; where that can't
    be done, `rows` has SQL statements (or a function of the connection) to run at a revision, and
    `empty_tables` those that stay empty. `exact_downgrades=False` accepts downgrades that run but
    do not bring the schema back. `config` is an `alembic.ini` that `env.py` reads options from,
    `driver` the one in the URL that it gets ("postgresql+asyncpg"), and `url_variables` names the
    environment variables that it reads the URL from.
    """
    try:
        history = History(script_location, config, driver, url_variables)
        expectations = {**dict.fromkeys(irreversible, ()), **(rows or {}), **(may_lose or {})}
        for revision in expectations:
            history.position(revision)
    except BadMigrations as error:
        # pytest shows this one without a trace, as the error of this file.
        raise pytest.Collector.CollectError(f"alembic_tests: {error}") from error
    attributes = {
        "__doc__": "The migrations keep what `alembic_tests` promises.",
        "history": history,
        "metadata": metadata,
        "on": on,
        "irreversible": frozenset(irreversible),
        "rows": dict(rows or {}),
        "empty_tables": frozenset(empty_tables),
        "may_lose": dict(may_lose or {}),
        "exact_downgrades": exact_downgrades,
    }
    return type("MigrationTests", (MigrationTests,), attributes)
