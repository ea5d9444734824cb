"""`Clones`: databases made from the template before somebody asks, and dropped after they left.

To copy one takes some milliseconds and to drop one some more, nearly all of it in the server. A
thread does each while tests run: two clones are kept ready as soon as a second was taken, and a
test waits only when it is quicker than the server.
"""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from belljar.databases.errors import DatabaseError

if TYPE_CHECKING:
    from belljar.databases.server import Postgres

__all__ = ["Clones"]

# One that waits while another is in use; a second one for tests that are over at once.
READY = 2


class Clones:
    """A stock of clones of one template database (None: of empty databases) on one server."""

    def __init__(self, server: Postgres, template: str | None) -> None:
        self._server = server
        self._template = template
        self._ready: queue.SimpleQueue[str | Exception] = queue.SimpleQueue()
        self._orders: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._ordered = 0
        self._threads: list[threading.Thread] = []

    def take(self) -> str:
        """Return the URL of a clone that nobody has used. Raises `DatabaseError`."""
        if not self._threads:
            # The first: most targets need no second one.
            self._start()
            return self._make()
        while self._ordered < READY:
            self._ordered += 1
            self._orders.put("")
        made = self._ready.get()
        self._ordered -= 1
        if self._ordered < READY:
            self._ordered += 1
            self._orders.put("")
        if isinstance(made, Exception):
            raise made
        return made

    def give_back(self, url: str) -> None:
        """Have a clone dropped, whoever is still connected to it."""
        self._orders.put(url)

    def close(self) -> None:
        """Finish; what goes with its server anyway is not dropped one by one."""
        with suppress(queue.Empty):
            while True:
                order = self._orders.get_nowait()
                if order and not self._server.ours:
                    with suppress(DatabaseError):  # it is tried again when the server object ends
                        self._server.drop_database(order)
        for _ in self._threads:
            self._orders.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start(self) -> None:
        # Two: a drop must not keep the next clone waiting.
        for number in range(2):
            thread = threading.Thread(target=self._work, name=f"belljar-clones-{number}")
            thread.daemon = True
            thread.start()
            self._threads.append(thread)

    def _work(self) -> None:
        while True:
            order = self._orders.get()
            if order is None:
                return
            try:
                if order:
                    self._server.drop_database(order)
                else:
                    self._ready.put(self._make())
            except Exception as error:  # whatever it is: who waits for a clone must hear of it
                # Nobody waits for a drop, and it is tried again when the server object ends.
                if not order:
                    self._ready.put(error)

    def _make(self) -> str:
        return self._server.create_database(template=self._template)
