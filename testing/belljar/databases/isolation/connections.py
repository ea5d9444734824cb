"""`JoinedConnection` and `JoinedAsyncConnection`: psycopg's own, inside the transaction of a test.

They are to the application what `psycopg.connect` gives: cursors, COPY, pipelines and nested `transaction()`
blocks included.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from psycopg import (
    AsyncConnection,
    AsyncCursor,
    AsyncPipeline,
    AsyncServerCursor,
    AsyncTransaction,
    Connection,
    Cursor,
    Pipeline,
    ServerCursor,
    Transaction,
)

from belljar.databases.isolation.joined import AnyCursor, Joined
from belljar.databases.isolation.outer import Outer

if TYPE_CHECKING:
    from belljar.databases.isolation.joined import Steps

__all__ = ["JoinedAsyncConnection", "JoinedConnection"]


class _Looking(AnyCursor):
    def _start_query(self, query: Any = None) -> Steps:
        connection: Any = self._conn
        if query is not None:
            connection.look_at(query)
        wrote = connection.wrote
        yield from super()._start_query(query)
        # A transaction that this statement has opened begins with it; a COPY says nothing.
        connection.wrote = connection.wrote or wrote or query is None
        self._pgconn = connection.pgconn


class _JoinedCursor(_Looking, Cursor[Any]):
    pass


class _JoinedServerCursor(_Looking, ServerCursor[Any]):
    pass


class _JoinedAsyncCursor(_Looking, AsyncCursor[Any]):
    pass


class _JoinedAsyncServerCursor(_Looking, AsyncServerCursor[Any]):
    pass


class JoinedConnection(Joined, Connection[Any]):
    """A `psycopg.Connection` whose commits last until the end of the test."""

    def __init__(self, outer: Outer) -> None:
        super().__init__(outer.raw.pgconn)
        self.join(outer)
        self.lock = outer.lock  # type: ignore[assignment]  # re-entrant: of all connections
        self.cursor_factory = _JoinedCursor
        self.server_cursor_factory = _JoinedServerCursor

    def close(self) -> None:
        """End this session; the real connection stays."""
        if self.closed:
            return
        if self.outer is None:
            super().close()
            return
        with self.lock:
            self._leave()

    @contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Iterator[Transaction]:
        """Give a transaction, or a part of one, as psycopg's own does."""
        whole = self.outer is not None and not self.savepoint and not self.nested
        if whole:
            self._begin()
        if not whole or self.outer is None:
            with super().transaction(savepoint_name, force_rollback) as transaction:
                yield transaction
            return
        try:
            with super().transaction(savepoint_name, force_rollback) as transaction:
                yield transaction
        except BaseException:
            if not self.closed:
                self.rollback()
            raise
        self.commit()

    @contextmanager
    def pipeline(self) -> Iterator[Pipeline]:
        """Give a pipeline."""
        if not self._pipeline:
            with self.lock:
                self.begin_pipeline(explicit=True)
        with super().pipeline() as pipeline:
            yield pipeline

    @contextmanager
    def _pipeline_nolock(self) -> Iterator[Pipeline]:
        self.begin_pipeline(explicit=False)  # for `executemany`
        with super()._pipeline_nolock() as pipeline:
            yield pipeline

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Run the steps of a command, on the socket that they have chosen."""
        try:
            first = next(gen)
        except StopIteration as end:
            return end.value
        return super().wait(_resumed(first, gen), *args, **kwargs)

    def _take_lock(self) -> None:
        self.lock = threading.Lock()


class JoinedAsyncConnection(Joined, AsyncConnection[Any]):
    """A `psycopg.AsyncConnection` whose commits last until the end of the test."""

    def __init__(self, outer: Outer) -> None:
        super().__init__(outer.raw.pgconn)
        self.join(outer)
        self.lock = asyncio.Lock()
        self.cursor_factory = _JoinedAsyncCursor
        self.server_cursor_factory = _JoinedAsyncServerCursor

    async def close(self) -> None:
        """End this session; the real connection stays."""
        if self.closed:
            return
        if self.outer is None:
            await super().close()
            return
        with self.outer.lock:
            self._leave()

    @asynccontextmanager
    async def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> AsyncIterator[AsyncTransaction]:
        """Give a transaction, or a part of one, as psycopg's own does."""
        whole = self.outer is not None and not self.savepoint and not self.nested
        if whole:
            self._begin()
        if not whole or self.outer is None:
            async with super().transaction(savepoint_name, force_rollback) as transaction:
                yield transaction
            return
        try:
            async with super().transaction(savepoint_name, force_rollback) as transaction:
                yield transaction
        except BaseException:
            if not self.closed:
                await self.rollback()
            raise
        await self.commit()

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[AsyncPipeline]:
        """Give a pipeline."""
        if not self._pipeline:
            self.begin_pipeline(explicit=True)
        async with super().pipeline() as pipeline:
            yield pipeline

    @asynccontextmanager
    async def _pipeline_nolock(self) -> AsyncIterator[AsyncPipeline]:
        self.begin_pipeline(explicit=False)
        async with super()._pipeline_nolock() as pipeline:
            yield pipeline

    async def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Run the steps of a command, on the socket that they have chosen."""
        try:
            first = next(gen)
        except StopIteration as end:
            return end.value
        return await super().wait(_resumed(first, gen), *args, **kwargs)


def _resumed(first: Any, gen: Any) -> Steps:
    """Go on with steps of which the first was taken: before it the connection may change."""
    state = first
    while True:
        ready = yield state
        try:
            state = gen.send(ready)
        except StopIteration as end:
            return end.value
