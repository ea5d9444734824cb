"""`DatabaseManager`: transactions, and reads through the cache that never outlive a commit.

It is built from a `DatabaseConfig` and an `EnhancedCachingManager`; a test may give the engine of
its own database instead. What a transaction changed is named with `Transaction.changed`; after the
commit, and only then, those keys leave the cache.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool

from services.orders.caching import EnhancedCachingManager
from services.orders.views import View

ViewT = TypeVar("ViewT", bound=View)


@dataclass(frozen=True, slots=True)
class DatabaseConfig:
    """Where the database is, and how hard the service may lean on it."""

    url: str
    pool_size: int = 10
    pool_timeout: float = 10.0
    statement_timeout: float = 15.0

    def sqlalchemy_url(self) -> URL:
        """The URL with its driver named: psycopg 3 for every spelling of PostgreSQL."""
        url = make_url(self.url)
        if url.get_backend_name() in ("postgresql", "postgres"):
            return url.set(drivername="postgresql+psycopg")
        return url


@dataclass(slots=True)
class Transaction:
    """A session whose commit also forgets the changed cache keys."""

    session: Session
    _changed: list[str] = field(default_factory=list)

    def changed(self, *cache_keys: str) -> None:
        """Have these keys forgotten by the cache after the commit."""
        self._changed.extend(cache_keys)


class DatabaseManager:
    """The one door to the database; safe to share between threads, each with own transactions."""

    def __init__(self, config: DatabaseConfig | Engine, cache: EnhancedCachingManager) -> None:
        """Prepare a pool for `config`, or take an engine as it is; nothing is connected yet."""
        self._cache = cache
        self._engine = config if isinstance(config, Engine) else make_engine(config)

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for migrations and inspections."""
        return self._engine

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        with Session(self._engine, expire_on_commit=False) as session:
            with session.begin():
                transaction = Transaction(session)
                yield transaction
            # Only now: a reader between an earlier invalidation and the commit would cache the
            # old row again.
            self._cache.invalidate(*transaction._changed)

    def read_through(self, key: str, view: type[ViewT], load: Callable[[Session], ViewT]) -> ViewT:
        """The cached view of `key`, or what `load` finds in the database, cached from now on."""

        def load_text() -> str:
            with self.transaction() as transaction:
                return load(transaction.session).model_dump_json()

        return view.model_validate_json(self._cache.get_or_load(key, load_text))

    def ping(self) -> None:
        """Return when the database answers; raises SQLAlchemy's error when it does not."""
        with self._engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all pooled connections."""
        self._engine.dispose()


def make_engine(config: DatabaseConfig) -> Engine:
    """An engine for PostgreSQL or SQLite with everything set that the service relies on."""
    url = config.sqlalchemy_url()
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    milliseconds = int(config.statement_timeout * 1000)
    return create_engine(
        url,
        pool_size=config.pool_size,
        max_overflow=0,
        pool_timeout=config.pool_timeout,
        pool_pre_ping=True,
        connect_args={
            "application_name": "orders",
            "connect_timeout": 5,
            "options": f"-c statement_timeout={milliseconds} -c timezone=UTC",
        },
    )


def _sqlite_engine(url: URL) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    # A database in memory lives in one connection: all threads have to share it.
    arguments: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
    engine = create_engine(url, connect_args={"check_same_thread": False}, **arguments)

    @event.listens_for(engine, "connect")
    def enforce_foreign_keys(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.execute("PRAGMA foreign_keys = ON")

    return engine
