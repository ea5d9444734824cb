"""The orders process: settings from the environment in, HTTP out.

    ORDERS_DATABASE_URL=sqlite:///orders.db ORDERS_MIGRATE_ON_START=true \
    ORDERS_PAYMENTS=fake ORDERS_STORAGE=fake ORDERS_EMAILS=fake python -m services.orders

Exit status: 0 after a graceful shutdown, 2 when settings, address or database cannot be used.
"""

from __future__ import annotations

import logging
import sys

from sqlalchemy.exc import OperationalError

from services.orders import migrate
from services.orders.app import create_app
from services.orders.dependencies import Dependencies, build_dependencies
from services.orders.server import CannotListen, open_socket, serve
from services.orders.settings import BadSettings, Settings, load_settings


class _NotUsable(Exception):
    """The database cannot be used as it is."""


def main() -> int:
    """Run the process; returns its exit status."""
    try:
        settings = load_settings()
        logging.basicConfig(
            level=settings.log_level.upper(),
            format="%(asctime)s %(levelname)s %(name)s: %(message)s",
            stream=sys.stderr,
        )
        dependencies = build_dependencies(settings)
        try:
            _check_schema(settings, dependencies)
            app = create_app(dependencies, housekeeping_interval=settings.housekeeping_interval)
            with open_socket(settings.host, settings.port, settings.socket_fd) as listening:
                serve(
                    app,
                    listening,
                    grace=settings.shutdown_grace,
                    log_level=settings.log_level,
                )
        finally:
            dependencies.close()
    except (BadSettings, CannotListen, _NotUsable) as error:
        for line in str(error).splitlines():
            print(f"orders: {line}", file=sys.stderr)
        return 2
    return 0


def _check_schema(settings: Settings, dependencies: Dependencies) -> None:
    engine = dependencies.database.engine
    try:
        if settings.migrate_on_start:
            migrate.upgrade(engine)
        found, expected = migrate.current(engine), migrate.head()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        address = engine.url.render_as_string(hide_password=True)
        raise _NotUsable(
            f"ORDERS_DATABASE_URL {address}: {reason}: start the database or correct the URL"
        ) from error
    if found != expected:
        raise _NotUsable(
            f"the database is at revision {found or 'none'}, this code needs {expected}: "
            "run `python -m services.orders.migrate upgrade`, "
            "or set ORDERS_MIGRATE_ON_START=true"
        )


if __name__ == "__main__":
    sys.exit(main())
