"""`Engines`: SQLAlchemy engines over connections that a rung hands out, one for each test.

To create an engine takes a millisecond, and the first connection asks the server who it is. So the
dialect is made and introduced once; each test gets an `Engine` of its own around it, and all share
what was compiled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from belljar.databases.errors import ClientMissing

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection
    from sqlalchemy import Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["Engines"]


class Engines:
    """Makes engines for the databases of one server; `pool_size` is how many connections each keeps."""

    def __init__(self, pool_size: Callable[[], int] = lambda: 5) -> None:
        self._pool_size = pool_size
        self._dialect: Any = None
        self._async_dialect: Any = None
        self._compiled: dict[Any, Any] = {}
        self._async_compiled: dict[Any, Any] = {}

    def make(self, connect: Callable[[], Connection[Any]], url: str, *, pooled: bool) -> Engine:
        """Return an engine that takes its connections from `connect`.

        `pooled`: as an application's engine; else each is closed when it is given back.
        """
        sqlalchemy = import_sqlalchemy()
        from sqlalchemy.pool import NullPool, QueuePool

        full = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg")
        kind: Any = QueuePool if pooled else NullPool
        if self._dialect is None:
            first = sqlalchemy.create_engine(full, creator=connect, poolclass=NullPool)
            with first.connect():
                self._dialect = first.dialect
        options = {"max_overflow": 50, "pool_size": self._pool_size()} if pooled else {}
        pool = kind(connect, dialect=self._dialect, **options)
        self._introduce(pool, self._dialect)
        engine: Engine = sqlalchemy.Engine(
            pool, self._dialect, full, execution_options={"compiled_cache": self._compiled}
        )
        return engine

    def make_async(
        self, connect: Callable[[], Awaitable[AsyncConnection[Any]]], url: str
    ) -> AsyncEngine:
        """Return an async engine; its connections belong to the event loop that asked for them."""
        sqlalchemy = import_sqlalchemy()
        from sqlalchemy.pool import NullPool

        try:
            from sqlalchemy.ext.asyncio import create_async_engine
        except ImportError as error:
            raise ClientMissing(
                f"database.async_engine needs SQLAlchemy's asyncio part: {error} Write "
                "sqlalchemy[asyncio] into requirements.in and lock again"
            ) from None

        full = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg")
        # A pool would keep connections of a loop that is closed.
        return create_async_engine(
            full,
            async_creator=connect,
            poolclass=NullPool,
            execution_options={"compiled_cache": self._async_compiled},
        )

    def _introduce(self, pool: Any, dialect: Any) -> None:
        from sqlalchemy import event

        on_connect = dialect.on_connect()
        if on_connect is not None:
            event.listen(pool, "connect", lambda connection, _record: on_connect(connection))


def import_sqlalchemy() -> Any:
    """Return the module `sqlalchemy`, imported only now."""
    try:
        import sqlalchemy
    except ImportError as error:
        raise ClientMissing(
            f"database.engine needs SQLAlchemy 2, which cannot be imported ({error}); add "
            'requirement("sqlalchemy") to the deps, or use database.connect() or database.url'
        ) from None
    return sqlalchemy
