"""`REVISION`: the schema that this code needs, and which one a database has.

Without Alembic, whose import would be a fifth of every start.
"""

from __future__ import annotations

from sqlalchemy import Engine, inspect, text

# The newest of migrations/versions; a test compares them.
REVISION = "0010"


def current(engine: Engine) -> str | None:
    """The revision that the database has, or none when it was never migrated."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)
