"""`Opened`: opens a test's real connections, and tells which of them it left open, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from belljar.databases.isolation.joined import stack_of_caller
from belljar.databases.isolation.rung import Leak
from belljar.databases.server import import_psycopg

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection

__all__ = ["Opened"]


class Opened:
    """Connections of one test, held as loosely as the test holds them."""

    def __init__(self) -> None:
        self._places: WeakKeyDictionary[Any, list[tuple[str, int, str]]] = WeakKeyDictionary()

    def connect(self, url: str) -> Connection[Any]:
        """Return a new connection."""
        connection: Connection[Any] = import_psycopg().connect(url)
        self._places[connection] = stack_of_caller()
        return connection

    async def connect_async(self, url: str) -> AsyncConnection[Any]:
        """Return a new connection for asyncio."""
        place = stack_of_caller()
        connection: AsyncConnection[Any] = await import_psycopg().AsyncConnection.connect(url)
        self._places[connection] = place
        return connection

    def leaks(self) -> list[Leak]:
        """Return those that are still open, and close them."""
        found = []
        for connection, place in list(self._places.items()):
            if not connection.closed:
                found.append(Leak("a connection was left open", place))
                # Its socket, whatever the kind: an async one has no loop any more.
                connection.pgconn.finish()
        return found
