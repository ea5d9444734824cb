"""`DatabaseManager`: transactions, and reads through the cache that never outlive a commit.

It is built from a `DatabaseConfig` and an `EnhancedCachingManager`; a test may give the engine of
its own database instead. What a transaction changed is named with `Transaction.changed`; after the
commit, and only then, those keys leave the cache.

`run` and `read` do their work again when the database breaks off: see `services.orders.committing`.
"""

from __future__ import annotations

import logging
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
from services.orders.committing import commit_once, repeatedly
from services.orders.resilience.postgres import bounded_connect
from services.orders.views import View

T = TypeVar("T")
ViewT = TypeVar("ViewT", bound=View)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DatabaseConfig:
    """Where the database is, and how hard the service may lean on it."""

    url: str
    pool_size: int = 10
    # How long one answer may take, or a new connection, or one from the pool; None: for ever, as
    # migrations may.
    timeout: float | None = 3.0

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

    def run(self, work: Callable[[Transaction], T]) -> T:
        """What `work` returns, its transaction committed once, whatever breaks off in between.

        `work` is called again when its transaction was certainly rolled back by a conflict or a
        lost connection, so that it must have no effects elsewhere, and must return plain values.
        When the answer to COMMIT is lost, the database is asked what became of it. Raises what
        `work` raises, and SQLAlchemy's errors.
        """

        def once() -> T:
            with Session(self._engine, expire_on_commit=False) as session:
                transaction = Transaction(session)
                result = work(transaction)
                commit_once(session, self._engine)
            # Only now: see `transaction`.
            self._cache.invalidate(*transaction._changed)
            return result

        return repeatedly(once)

    def read(self, work: Callable[[Session], T]) -> T:
        """What `work` reads in a transaction that changes nothing, again if the connection is lost.

        Lazy attributes must not be used afterwards: return plain values.
        """

        def once() -> T:
            with Session(self._engine, expire_on_commit=False) as session:
                return work(session)

        return repeatedly(once)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction: committed when the block ends, rolled back when it raises; tried once."""
        with Session(self._engine, expire_on_commit=False) as session:
            with session.begin():
                transaction = Transaction(session)
                yield transaction
            # Only now: a reader between an earlier invalidation and the commit would cache the
            # old row again.
            self._cache.invalidate(*transaction._changed)

    def read_through(self, key: str, view: type[ViewT], load: Callable[[Session], ViewT]) -> ViewT:
        """The cached view of `key`, or what `load` finds in the database, cached from now on.

        Cached is the key, a line break and the view: an answer that is for another key, or no
        answer at all, is not believed.
        """

        def load_text() -> str:
            return f"{key}\n{self.read(load).model_dump_json()}"

        def parsed(cached: str) -> ViewT:
            name, _, content = cached.partition("\n")
            if name != key:
                raise ValueError(f"the cache answers {cached[:80]!r} for {key!r}")
            return view.model_validate_json(content)

        cached = self._cache.get_or_load(key, load_text)
        try:
            return parsed(cached)
        except ValueError as error:
            _log.warning("the cache is not believed, asking the database: %s", error)
            self._cache.invalidate(key)
            return parsed(load_text())

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
    options = ["-c timezone=UTC"]
    if config.timeout is not None:
        milliseconds = int(config.timeout * 1000)
        # A server that lives ends what takes too long itself, a little before we hang up; and what
        # we have left without its hearing of it keeps no lock.
        options.append(f"-c statement_timeout={milliseconds * 9 // 10}")
        options.append(f"-c idle_in_transaction_session_timeout={milliseconds * 2}")
    engine = create_engine(
        url,
        pool_size=config.pool_size,
        max_overflow=0,
        pool_timeout=config.timeout or 30.0,
        pool_pre_ping=True,
        connect_args={
            "application_name": "orders",
            "connect_timeout": 5,
            "options": " ".join(options),
        },
    )
    if config.timeout is not None:
        bounded = bounded_connect(config.timeout)

        @event.listens_for(engine, "do_connect")
        def connect(
            _dialect: object, _record: object, arguments: list[Any], named: dict[str, Any]
        ) -> object:
            return bounded(*arguments, **named)

    return engine


def _sqlite_engine(url: URL) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    # A database in memory lives in one connection: all threads have to share it.
    arguments: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
    engine = create_engine(url, connect_args={"check_same_thread": False}, **arguments)

    @event.listens_for(engine, "connect")
    def enforce_foreign_keys(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.execute("PRAGMA foreign_keys = ON")

    return engine
