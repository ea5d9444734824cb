"""Databases of tests, kept apart as cheaply as is safe: the fixture `database` and what is behind it.

    def test_an_order_is_listed(database: Database) -> None:
        with Session(database.engine) as session: ...

The ladder, cheapest first: `rollback` (one transaction), `schema`, `template` (a clone of its own) and
`server`. `auto` takes the lowest that is safe for what the test does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from belljar.databases.isolation.errors import BadIsolation, IsolationTooWeak
from belljar.databases.isolation.rung import RUNGS

if TYPE_CHECKING:
    from belljar.databases.isolation.database import Database

__all__ = ["RUNGS", "BadIsolation", "Database", "IsolationTooWeak"]


def __getattr__(name: str) -> object:
    if name == "Database":
        from belljar.databases.isolation.database import Database

        return Database
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
