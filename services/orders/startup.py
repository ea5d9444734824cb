"""`usable_dependencies`: what each process of the service does first, and how it says what is wrong.

Both processes (`python -m services.orders` and `python -m services.orders.outbox`) run their work
through `explained`, so that a mistake in the environment is the same few lines in both.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from services.orders.database import DatabaseConfig, make_engine
from services.orders.dependencies import Dependencies, build_dependencies
from services.orders.revision import REVISION, current
from services.orders.settings import BadSettings, Settings, load_settings


class NotUsable(Exception):
    """The process cannot do its work as things are; the message says why and what to do."""


def explained(run: Callable[[Settings], int]) -> int:
    """The exit status of `run` with the environment's settings; 2 and an explanation if unusable.

    Logging goes to standard error before `run` is called.
    """
    # What is imported by now stays: no collection has to look at it again, forked workers go on
    # sharing it, and the interpreter ends in a twentieth of the time.
    gc.freeze()
    try:
        settings = load_settings()
        logging.basicConfig(
            level=settings.log_level.upper(),
            format="%(asctime)s %(levelname)s %(name)s: %(message)s",
            stream=sys.stderr,
        )
        return run(settings)
    except (BadSettings, NotUsable) as error:
        for line in str(error).splitlines():
            print(f"orders: {line}", file=sys.stderr)
        return 2


@contextmanager
def usable_dependencies(settings: Settings) -> Iterator[Dependencies]:
    """The dependencies of these settings on a database of this code's revision, closed afterwards.

    Raises `NotUsable`.
    """
    dependencies = build_dependencies(settings)
    try:
        _check_schema(settings, dependencies)
        yield dependencies
    finally:
        dependencies.close()


def _check_schema(settings: Settings, dependencies: Dependencies) -> None:
    engine = dependencies.database.engine
    try:
        if settings.migrate_on_start:
            from services.orders import migrate  # with Alembic, which other starts do without

            # It may take longer than any request should. SQLite knows no limits, and a database in
            # memory is in this one engine only.
            if engine.dialect.name == "sqlite":
                migrate.upgrade(engine)
            else:
                patient = make_engine(DatabaseConfig(settings.database_url, timeout=None))
                migrate.upgrade(patient)
                patient.dispose()
        found = current(engine)
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        address = engine.url.render_as_string(hide_password=True)
        raise NotUsable(
            f"ORDERS_DATABASE_URL {address}: {reason}: start the database or correct the URL"
        ) from error
    if found != REVISION:
        raise NotUsable(
            f"the database is at revision {found or 'none'}, this code needs {REVISION}: "
            "run `python -m services.orders.migrate upgrade`, "
            "or set ORDERS_MIGRATE_ON_START=true"
        )
