"""`Opened`: the real connections that a test opened, and where, to tell which it left open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from belljar.databases.isolation.rung import Leak

__all__ = ["Opened"]

C = TypeVar("C")
Place = Sequence[tuple[str, int, str]]


class Opened:
    """Connections of one test, held as loosely as the test holds them."""

    def __init__(self) -> None:
        self._places: WeakKeyDictionary[Any, Place] = WeakKeyDictionary()

    def note(self, connection: C, place: Place) -> C:
        """Return `connection`, remembered with the place that opened it."""
        self._places[connection] = place
        return connection

    def leaks(self) -> list[Leak]:
        """Return those that are still open, and close them."""
        found = []
        for connection, place in list(self._places.items()):
            if connection.closed:
                continue
            found.append(Leak("a connection was left open", place))
            # Its socket, whatever the kind: an async one has no loop any more.
            connection.pgconn.finish()
        return found
