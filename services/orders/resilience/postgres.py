"""`bounded_connect`: PostgreSQL connections on which no wait lasts longer than it should.

psycopg has a limit for connecting (two seconds at the least) and none for answers: a server that
has gone silent holds a thread for ever, and `statement_timeout` is of no use, for the server would
have to see to it. Here every answer has a limit, which the deadline at hand may shorten; after it
the connection is closed, which makes the server roll back what it was doing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, ClassVar

import psycopg
from psycopg.errors import ConnectionTimeout, OperationalError, _WaitTimeout

from services.orders.resilience.deadlines import DeadlinePassed, left


def bounded_connect(timeout: float) -> Callable[..., psycopg.Connection[Any]]:
    """A function like `psycopg.connect`, whose connections wait `timeout` seconds at most."""

    class BoundedConnection(_Bounded):
        patience = timeout

    return BoundedConnection.connect


class _Bounded(psycopg.Connection[Any]):
    patience: ClassVar[float]

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """What the generator returns; the connection is closed when that takes too long."""
        try:
            limit = left(self.patience)
        except DeadlinePassed as error:
            self.pgconn.finish()
            raise OperationalError(str(error)) from error
        if timeout is not None and timeout <= limit:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, limit)
        except _WaitTimeout as error:
            self.pgconn.finish()
            raise OperationalError(
                f"no answer from the database within {limit:.2f} s: the connection is given up"
            ) from error

    @classmethod
    def _connect_gen(cls, conninfo: str = "") -> Generator[Any, Any, Any]:
        """The steps of connecting; psycopg calls this, and looks in ten times a second."""
        try:
            ends = time.monotonic() + left(cls.patience)
        except DeadlinePassed as error:
            raise ConnectionTimeout(str(error)) from error
        steps = super()._connect_gen(conninfo)
        try:
            wanted = next(steps)
            while True:
                ready = yield wanted
                if time.monotonic() > ends:
                    raise ConnectionTimeout(f"no connection within {cls.patience:.2f} s")
                wanted = steps.send(ready)
        except StopIteration as done:
            return done.value
