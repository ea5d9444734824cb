"""Brings a database's schema to a revision: `upgrade` and `downgrade`, as a command too.

    python -m services.orders.migrate upgrade [REVISION]
    python -m services.orders.migrate downgrade REVISION
    python -m services.orders.migrate current

The command reads `ORDERS_DATABASE_URL`. On PostgreSQL an advisory lock makes processes that migrate
at the same time wait for each other.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ArgumentError, OperationalError

from services.orders.database import DatabaseConfig, make_engine
from services.orders.revision import current

_LOCK = 0x6F726465  # "orde": any number, as long as nobody else in this database uses it


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to `revision`; nothing happens when it is there already."""
    with _migrating(engine) as config:
        command.upgrade(config, revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to `revision`; `base` leaves nothing."""
    with _migrating(engine) as config:
        command.downgrade(config, revision)


def head() -> str:
    """The newest revision that this code knows."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise LookupError("services/orders/migrations/versions holds no migration")
    return revision


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status of the command: 0, or 2 for a mistake of the caller."""
    parser = argparse.ArgumentParser(prog="python -m services.orders.migrate")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("upgrade", help="bring the schema up to a revision")
    up.add_argument("revision", nargs="?", default="head")
    commands.add_parser("downgrade", help="take it back").add_argument("revision")
    commands.add_parser("current", help="print the revision that the database has")
    options = parser.parse_args(arguments)
    url = os.environ.get("ORDERS_DATABASE_URL")
    if not url:
        print(
            "orders: ORDERS_DATABASE_URL is not set: set it to the database to migrate, "
            "such as postgresql://user@host/orders",
            file=sys.stderr,
        )
        return 2
    try:
        # A migration may take longer than any request should.
        engine = make_engine(DatabaseConfig(url, timeout=None))
    except ArgumentError as error:
        print(f"orders: ORDERS_DATABASE_URL: {error}", file=sys.stderr)
        return 2
    try:
        if options.command == "upgrade":
            upgrade(engine, options.revision)
        elif options.command == "downgrade":
            downgrade(engine, options.revision)
        print(f"orders: schema at {current(engine) or 'base'}")
    except OperationalError as error:
        print(f"orders: the database does not answer: {error.orig}", file=sys.stderr)
        return 2
    finally:
        engine.dispose()
    return 0


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("path_separator", "os")
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _migrating(engine: Engine) -> Iterator[Config]:
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Rebuilding a table drops the old one, which must not cascade into its children.
            connection.execute(text("PRAGMA foreign_keys = OFF"))
            connection.commit()
        with connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
            yield _config(connection)
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA foreign_keys = ON"))
            connection.commit()


if __name__ == "__main__":
    sys.exit(main())
