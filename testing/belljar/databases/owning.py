"""`OwnServers`: the servers of one process, each started when first asked for, once, and kept alive.

Many threads may ask at once, for the same server or for different ones.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from belljar.databases.errors import DatabaseError, ServerNotStarted
from belljar.databases.watching import Watch

if TYPE_CHECKING:
    from belljar.databases.existing import ExistingValkey
    from belljar.databases.server import Postgres
    from belljar.databases.template import PostgresTemplate
    from belljar.databases.valkey import ValkeyServer

__all__ = ["Checked", "OwnServers", "autopsy", "in_environment", "settings_for", "watch_of"]

# From a server's end to the report of what ended it: its other processes have to go first.
REPORT_SECONDS = 5.0
# What a test suite opens at most in one process, with room. Each takes 34 KB of memory, even idle.
CONNECTIONS = 200
# SQLAlchemy's pool has 15, and some applications have two.
CONNECTIONS_PER_WORKER = 30


class Checked(Protocol):
    """A server that somebody looks after."""

    def check(self) -> None:
        """Raise `ServerDied`, with its last log lines, if it is gone."""


class Server(Checked, Protocol):
    """A server that is looked after here."""

    def start(self) -> object:
        """Make it ready."""

    def stop(self) -> None:
        """End it, and remove what it made."""


S = TypeVar("S", bound=Server)


class Slot:
    """One server, and the next one when it has died."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.server: Server | None = None
        self.watch: Watch | None = None
        self.error: DatabaseError | None = None


def in_environment(variable: str) -> tuple[str, str] | None:
    """Return the URL in that variable, and the variable."""
    url = os.environ.get(variable)
    return (url, variable) if url else None


class OwnServers:
    """Starts servers; `log` gives the file for the output of one, by its name.

    `workers` tells how many processes will share each; `existing` gives the URL of a server that is to be
    used in place of our own, and where that was said, by the variable that names it.
    """

    def __init__(
        self,
        log: Callable[[str], Path | None],
        workers: Callable[[], int] = lambda: 1,
        existing: Callable[[str], tuple[str, str] | None] = in_environment,
    ) -> None:
        self._log = log
        self._workers = workers
        self._existing = existing
        self._lock = threading.Lock()
        self._slots: dict[str, Slot] = {}
        self._stopped = False
        # Of those that were replaced, for a process that asks later.
        self._last_words: dict[Checked, str] = {}

    def last_words(self, server: Checked, watch: Watch | None) -> str:
        """Return what ended a server of ours, replaced or not; empty while it lives."""
        words = autopsy(server, watch)
        # Looked up afterwards: it may have been replaced, and stopped, just now.
        return self._last_words.get(server, words)

    def postgres(self, template: PostgresTemplate | None = None) -> Postgres:
        """Return a live server, made from the template if there is one.

        With BELLJAR_POSTGRES_URL it is that one, whatever the template.
        """
        # Imported here, so that tests without a database do not pay for it.
        from belljar.databases.existing import ExistingPostgres
        from belljar.databases.postgres import PostgresServer

        given = self._existing("BELLJAR_POSTGRES_URL")
        if given:
            url, source = given
            return self._live("postgres", lambda: ExistingPostgres(url, source=source))
        name = f"postgres-{template.key[:8]}" if template else "postgres"
        settings = settings_for(self._workers())

        # A server on TCP has a password, so it makes its own data; the dump is loaded there.
        start_from = None if sys.platform == "win32" else template

        def make() -> PostgresServer:
            return PostgresServer(log=self._log(name), settings=settings, template=start_from)

        return self._live(name, make)

    def valkey(self) -> ValkeyServer | ExistingValkey:
        """Return a live server. With BELLJAR_VALKEY_URL it is that one."""
        from belljar.databases.existing import ExistingValkey
        from belljar.databases.valkey import ValkeyServer

        given = self._existing("BELLJAR_VALKEY_URL")

        def make() -> ValkeyServer | ExistingValkey:
            if given:
                url, source = given
                return ExistingValkey(url, source=source)
            return ValkeyServer(log=self._log("valkey"))

        return self._live("valkey", make)

    def _live(self, name: str, make: Callable[[], S]) -> S:
        with self._lock:
            if self._stopped:
                raise ServerNotStarted(f"no {name}: the test run is over")
            slot = self._slots.setdefault(name, Slot())
        with slot.lock:
            if slot.error is not None:
                raise slot.error  # not tried again by each of a hundred workers
            words = autopsy(slot.server, slot.watch) if slot.server is not None else ""
            if slot.server is not None and words:
                self._last_words[slot.server] = words
                slot.server.stop()
                slot.server = None
            if slot.server is None:
                try:
                    server = make()
                    server.start()
                except DatabaseError as error:
                    slot.error = error
                    raise
                slot.server, slot.watch = server, watch_of(server)
            return slot.server  # type: ignore[return-value]  # what this name's `make` returned

    def stop(self) -> None:
        """End all; who asks for one afterwards is refused."""
        with self._lock:
            self._stopped = True
            slots = list(self._slots.values())
        for slot in slots:
            with slot.lock:  # one may be starting in another thread
                if slot.server is not None:
                    slot.server.stop()
                    slot.server = None


def autopsy(server: Checked, watch: Watch | None) -> str:
    """Return what ended a server and its last log lines; empty while it lives.

    The process is gone a moment before its end is reported: that moment is waited for.
    """
    if watch is not None and watch.lives():
        return ""
    until = time.monotonic() + REPORT_SECONDS
    while True:
        try:
            server.check()
        except DatabaseError as error:
            return str(error)
        if watch is None or not watch.gone():
            return ""
        if time.monotonic() > until:
            return "the server died, and nothing tells what of"
        time.sleep(0.002)  # between two looks: it is not our child, so nothing wakes us


def watch_of(server: object) -> Watch | None:
    """Return what tells that a server's process is gone; None for one that is not ours."""
    pid = getattr(server, "pid", None)
    return Watch(pid) if pid else None


def settings_for(workers: int) -> dict[str, str]:
    """Return the settings of a server that so many processes share."""
    others = max(0, workers - 1)
    settings = {"max_connections": str(CONNECTIONS + CONNECTIONS_PER_WORKER * others)}
    if others:
        # A third less memory for each connection; for transactions that are SERIALIZABLE, where
        # more of them on one page make coarser locks.
        settings["max_pred_locks_per_transaction"] = "16"
    return settings
