"""Tests of a service's Alembic migrations, in one line of a test file.

    from belljar.databases.migrations import alembic_tests

    TestMigrations = alembic_tests(
        script_location=Path(__file__).parents[2] / "migrations", metadata=Base.metadata
    )

pytest then runs, on real databases and a test for each revision: `test_there_is_one_head`,
`test_upgrade[0007]`, `test_downgrade[0007]`, `test_data_survives[0007]`,
`test_models_equal_the_migrated_database` and `test_downgrade_to_base_leaves_nothing`.
"""

from __future__ import annotations

from belljar.databases.migrations.declaring import alembic_tests
from belljar.databases.migrations.history import BadMigrations, Irreversible, StepFailed
from belljar.databases.migrations.states import Hook, NoRows, Unreachable
from belljar.databases.migrations.tests import MigrationTests

__all__ = [
    "BadMigrations",
    "Hook",
    "Irreversible",
    "MigrationTests",
    "NoRows",
    "StepFailed",
    "Unreachable",
    "alembic_tests",
]
