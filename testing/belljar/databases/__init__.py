"""Real servers for tests: PostgreSQL and Valkey of your own, or ones that run already.

    from belljar.databases import PostgresServer

    with PostgresServer() as server:
        url = server.create_database()

`belljar.databases.plugin` has the fixtures `postgres` and `valkey`. Names are imported when first
used: the plugin is at hand in many tests that never start a server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.databases.binaries import find_postgres, find_valkey
    from belljar.databases.errors import (
        BadCluster,
        BadDatabaseName,
        BadServerUrl,
        ClientMissing,
        DatabaseError,
        ServerDied,
        ServerNotFound,
        ServerNotStarted,
        ServerUnreachable,
    )
    from belljar.databases.existing import ExistingPostgres, ExistingValkey
    from belljar.databases.postgres import PostgresServer
    from belljar.databases.server import Postgres
    from belljar.databases.valkey import ValkeyServer

__all__ = [
    "BadCluster",
    "BadDatabaseName",
    "BadServerUrl",
    "ClientMissing",
    "DatabaseError",
    "ExistingPostgres",
    "ExistingValkey",
    "Postgres",
    "PostgresServer",
    "ServerDied",
    "ServerNotFound",
    "ServerNotStarted",
    "ServerUnreachable",
    "ValkeyServer",
    "find_postgres",
    "find_valkey",
]

_HOMES = {
    "ExistingPostgres": "existing",
    "ExistingValkey": "existing",
    "Postgres": "server",
    "PostgresServer": "postgres",
    "ValkeyServer": "valkey",
    "find_postgres": "binaries",
    "find_valkey": "binaries",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name, "errors")
    return getattr(import_module(f"{__name__}.{home}"), name)
