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
        BadExport,
        BadServerUrl,
        BadSnapshot,
        ClientMissing,
        DatabaseError,
        ServerDied,
        ServerNotFound,
        ServerNotStarted,
        ServerUnreachable,
        TemplateNotBuilt,
        TemplateNotDeclared,
        TemplateNotLoaded,
    )
    from belljar.databases.existing import ExistingPostgres, ExistingValkey
    from belljar.databases.exporting import export, import_
    from belljar.databases.keeping import Kept, NotKept, keep
    from belljar.databases.postgres import PostgresServer
    from belljar.databases.postgres_store import PostgresStore
    from belljar.databases.replacing import replace_database
    from belljar.databases.restoring import restore_before, snapshot_fixture
    from belljar.databases.server import Postgres
    from belljar.databases.sessions import SessionsEnded
    from belljar.databases.snapshots import Snapshots
    from belljar.databases.sqlite_store import SqliteStore
    from belljar.databases.sqlite_template import SqliteTemplate
    from belljar.databases.store import Clone, Escape, Store, Template
    from belljar.databases.template import PostgresTemplate
    from belljar.databases.valkey import ValkeyServer
    from belljar.databases.valkey_store import ValkeyStore

__all__ = [
    "BadCluster",
    "BadDatabaseName",
    "BadExport",
    "BadServerUrl",
    "BadSnapshot",
    "ClientMissing",
    "Clone",
    "DatabaseError",
    "Escape",
    "ExistingPostgres",
    "ExistingValkey",
    "Kept",
    "NotKept",
    "Postgres",
    "PostgresServer",
    "PostgresStore",
    "PostgresTemplate",
    "ServerDied",
    "ServerNotFound",
    "ServerNotStarted",
    "ServerUnreachable",
    "SessionsEnded",
    "Snapshots",
    "SqliteStore",
    "SqliteTemplate",
    "Store",
    "Template",
    "TemplateNotBuilt",
    "TemplateNotDeclared",
    "TemplateNotLoaded",
    "ValkeyServer",
    "ValkeyStore",
    "export",
    "find_postgres",
    "find_valkey",
    "import_",
    "keep",
    "replace_database",
    "restore_before",
    "snapshot_fixture",
]

_HOMES = {
    "Clone": "store",
    "Escape": "store",
    "ExistingPostgres": "existing",
    "ExistingValkey": "existing",
    "Kept": "keeping",
    "NotKept": "keeping",
    "Postgres": "server",
    "PostgresServer": "postgres",
    "PostgresStore": "postgres_store",
    "PostgresTemplate": "template",
    "SqliteTemplate": "sqlite_template",
    "SessionsEnded": "sessions",
    "Snapshots": "snapshots",
    "SqliteStore": "sqlite_store",
    "Store": "store",
    "Template": "store",
    "ValkeyServer": "valkey",
    "ValkeyStore": "valkey_store",
    "export": "exporting",
    "find_postgres": "binaries",
    "find_valkey": "binaries",
    "import_": "exporting",
    "keep": "keeping",
    "replace_database": "replacing",
    "restore_before": "restoring",
    "snapshot_fixture": "restoring",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name, "errors")
    return getattr(import_module(f"{__name__}.{home}"), name)
