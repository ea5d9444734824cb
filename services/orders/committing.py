"""`repeatedly` and `commit_once`: transactions that the database breaks off, done exactly once.

Before COMMIT all is simple: what was broken off was rolled back, and may be done again. When the
answer to COMMIT is lost, nobody knows: doing it again could do it twice. But PostgreSQL keeps what
became of each transaction by its number (`pg_xact_status`): it is asked on a new connection. Only
when that has no answer either does the caller get the error.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from services.orders.resilience.deadlines import DeadlinePassed, left
from services.orders.resilience.retrying import backoff_limit

T = TypeVar("T")

ATTEMPTS = 5
# Conflicts between transactions, a server that shuts down, statements that waited too long.
_PASSING = {"40001", "40P01", "53300", "55P03", "57014", "57P01", "57P02", "57P03"}

_log = logging.getLogger(__name__)


class _Uncertain(Exception):
    """The answer to COMMIT is lost, and so is what became of it."""

    def __init__(self, error: DBAPIError) -> None:
        super().__init__(str(error))
        self.error = error


def repeatedly(once: Callable[[], T]) -> T:
    """What `once` returns, called again while passing trouble rolls it back and time is left."""
    tried = 0
    while True:
        try:
            return once()
        except _Uncertain as uncertain:
            raise uncertain.error from None
        except DBAPIError as error:
            tried += 1
            if tried >= ATTEMPTS or not _is_passing(error) or not _paused(tried):
                raise
            _log.warning("the database broke off, doing it again: %s", error.orig)


def commit_once(session: Session, engine: Engine) -> None:
    """Commit; an error of the database means that nothing was committed."""
    session.flush()
    number = _number(session)
    try:
        session.commit()
    except DBAPIError as error:
        if number is None or not error.connection_invalidated:
            raise
        session.close()  # its connection may be needed: to ask
        if not _was_committed(engine, number, error):
            raise
        _log.warning("the answer to a COMMIT was lost: the database says that it happened")


def _number(session: Session) -> int | None:
    """What PostgreSQL calls this transaction; none when it has changed nothing."""
    if session.get_bind().dialect.name != "postgresql" or not session.in_transaction():
        return None
    number = session.scalar(text("SELECT pg_current_xact_id_if_assigned()::text::bigint"))
    return None if number is None else int(number)


def _was_committed(engine: Engine, number: int, error: DBAPIError) -> bool:
    """Whether the transaction was committed in the end; raises `_Uncertain`."""
    query = text("SELECT pg_xact_status(CAST(CAST(:number AS text) AS xid8))")
    tried = 0
    while True:
        try:
            with engine.connect() as connection:
                status = connection.scalar(query, {"number": str(number)})
        except DBAPIError as trouble:
            status = f"not known: {trouble.orig}"
        if status in ("committed", "aborted"):
            return bool(status == "committed")
        # In progress: the server has not noticed yet that we are gone, or is just about to commit.
        tried += 1
        if tried >= 4 * ATTEMPTS or not _paused(tried):
            _log.error("transaction %d: COMMIT was not answered, and it is %s", number, status)
            raise _Uncertain(error) from error


def _is_passing(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", "")
    # psycopg's errors without a state are of connections, and those of SQLite have no such thing.
    return state in _PASSING or (state is None and isinstance(error, OperationalError))


def _paused(tried: int) -> bool:
    """Whether there was time for a pause, which is over now."""
    pause = random.random() * backoff_limit(tried, 0.02, 0.5)
    try:
        if left() <= pause:
            return False
    except DeadlinePassed:
        return False
    time.sleep(pause)  # so that those who stood in each other's way come apart
    return True
