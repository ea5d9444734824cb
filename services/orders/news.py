"""`tell` and `News`: the outbox hears at once, from the database, that a receipt is owed.

PostgreSQL carries the news with NOTIFY, after the commit of what it is about and only then. On
SQLite there is nobody to carry it: `News.wait` just waits, and the outbox looks again later.
"""

from __future__ import annotations

import logging
import select
import socket
from typing import Any

from psycopg import Error as DriverError
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

CHANNEL = "orders_owed"
# How soon a lost connection is tried again; a database that restarts is back within seconds.
RETRY_SECONDS = 1.0

_log = logging.getLogger(__name__)


def tell(session: Session) -> None:
    """Wake all who wait for news, once this session's transaction is committed."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"NOTIFY {CHANNEL}"))


class News:
    """Waits for news on a connection of its own; one thread waits, any may stop it."""

    def __init__(self, engine: Engine) -> None:
        """Listen to the database of `engine` from the first `wait` on."""
        self._engine = engine
        self._connection: Connection | None = None
        self._stopped = False
        self._first = True
        self._wake, self._waker = socket.socketpair()

    def wait(self, seconds: float) -> bool:
        """Whether to go on: true when there may be news or the time is up, false once stopped.

        It returns at once when it has just begun to listen, for what was told before was not heard.
        A database that is gone is logged and tried again.
        """
        if self._stopped:
            return False
        if self._engine.dialect.name != "postgresql":
            self._pause(None, 0.0 if self._first else seconds)
            self._first = False
        elif self._connection is None:
            if not self._listen():
                self._pause(None, min(seconds, RETRY_SECONDS))
        elif self._pause(self._connection, seconds):
            self._take(self._connection)
        elif not self._stopped:
            self._try_out(self._connection)
        return not self._stopped

    @property
    def listening(self) -> bool:
        """Whether news would be heard, or is looked for, as on SQLite."""
        return self._connection is not None or self._engine.dialect.name != "postgresql"

    def stop(self) -> None:
        """End the waiting, now and for good; a signal handler may call this."""
        self._stopped = True
        self._waker.send(b"1")

    def close(self) -> None:
        """Close the connection."""
        self._drop()
        self._wake.close()
        self._waker.close()

    def _listen(self) -> bool:
        connection = None
        try:
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text(f"LISTEN {CHANNEL}"))
        except SQLAlchemyError as error:
            _log.warning("cannot listen for owed receipts, trying again: %s", error)
            if connection is not None:
                connection.invalidate()
                connection.close()
            return False
        self._connection = connection
        return True

    def _pause(self, connection: Connection | None, seconds: float) -> bool:
        """Whether the connection has something to say before the time is up."""
        sources: list[Any] = [self._wake]
        if connection is not None:
            sources.append(_driver(connection).fileno())
        heard, _, _ = select.select(sources, [], [], seconds)
        return any(source is not self._wake for source in heard)

    def _try_out(self, connection: Connection) -> None:
        """Find out whether the silence is that of a connection that nobody is at the end of."""
        try:
            connection.execute(text("SELECT 1"))
        except SQLAlchemyError as error:
            _log.warning("the connection that hears of owed receipts is lost: %s", error)
            self._drop()

    def _take(self, connection: Connection) -> None:
        try:
            for _ in _driver(connection).notifies(timeout=0):
                pass
        except DriverError as error:
            _log.warning("the connection that hears of owed receipts is lost: %s", error)
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            # Not back into the pool: somebody else would get a connection that listens.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _driver(connection: Connection) -> Any:
    """The driver's connection below SQLAlchemy's."""
    return connection.connection.driver_connection
