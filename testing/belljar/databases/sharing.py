"""`acquire`: the run's PostgreSQL, one for all workers of pytest-xdist, alive whenever you ask.

    def test_orders(pytestconfig):
        server = acquire(pytestconfig, PostgresTemplate.declared())
        url = server.create_database(template=server.ensure_template(template))

Ask again for each test: it costs a microsecond and gives the same object until the server dies,
then a new one. The first call of the run starts it. Workers get it from the controller
(`broker.py`); without workers it belongs to this process.

Valkey is not shared: FLUSHALL, pub/sub, scripts and settings know no database numbers, and one
server takes 5 MB and 20 ms. Each worker has its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

import pytest

from belljar.databases.admin import FULL
from belljar.databases.errors import BadServerUrl, DatabaseError
from belljar.databases.owning import Checked, OwnServers, autopsy, in_environment, watch_of

if TYPE_CHECKING:
    from belljar.databases.broker import Broker
    from belljar.databases.existing import ExistingValkey
    from belljar.databases.server import Postgres
    from belljar.databases.template import PostgresTemplate
    from belljar.databases.valkey import ValkeyServer
    from belljar.databases.watching import Watch

__all__ = [
    "acquire",
    "acquire_valkey",
    "crowds",
    "deaths",
    "lives",
    "on_first_server",
    "share_with_worker",
]

WORKER_INPUT = "belljar_databases"


S = TypeVar("S", bound=Checked)


class PostgresSource(Protocol):
    """Where this process has its PostgreSQL from."""

    def postgres(self, template: PostgresTemplate | None = None) -> Postgres:
        """Return a live server."""


def acquire(config: pytest.Config, template: PostgresTemplate | None = None) -> Postgres:
    """Return a live PostgreSQL server, started from the template if there is one.

    The same template gives the same server within a run. With BELLJAR_POSTGRES_URL it is that
    server, whatever the template; `ensure_template` loads it there. Raises `DatabaseError`.
    """
    shared = _shared(config)
    name = f"postgres {template.key}" if template else "postgres"
    return shared.live(name, lambda: shared.source.postgres(template))


def acquire_valkey(config: pytest.Config) -> ValkeyServer | ExistingValkey:
    """Return a live Valkey server of this process, or the one that BELLJAR_VALKEY_URL names."""
    shared = _shared(config)
    return shared.live("valkey", shared.own.valkey)


def deaths(config: pytest.Config) -> list[str]:
    """Return what killed servers that this process used, each told once: reason and last log lines.

    A dead server is given up with that: the next `acquire` gives another one.
    """
    shared = config.stash.get(SHARED, None)
    return shared.bury() if shared else []


def lives(config: pytest.Config, server: object) -> bool:
    """Return whether a server that `acquire` gave is still the one that it would give."""
    shared = config.stash.get(SHARED, None)
    return shared is not None and shared.lives(server)


def crowds(config: pytest.Config, failure: str) -> list[str]:
    """Return who holds the servers' connections, if that is what a test's failure speaks of."""
    shared = config.stash.get(SHARED, None)
    if shared is None or not any(phrase in failure for phrase in FULL):
        return []
    return shared.sessions()


def on_first_server(config: pytest.Config, then: Callable[[], object]) -> None:
    """Call `then` before the first server of this run is asked for."""
    config.stash[THEN] = then


def share_with_worker(config: pytest.Config, worker_input: dict[str, object]) -> None:
    """Let a worker that is about to start use this process's servers."""
    shared = _shared(config)
    if shared.broker is None:
        from belljar.databases.broker import Broker

        shared.broker = Broker(shared.own)
    shared.workers += 1
    worker_input[WORKER_INPUT] = shared.broker.address


class Shared:
    """The servers that this process has asked for."""

    def __init__(self, config: pytest.Config) -> None:
        self.workers = 0
        self.broker: Broker | None = None
        self.own = OwnServers(
            lambda name: _log(config, name),
            lambda: max(1, self.workers),
            lambda variable: _existing(config, variable),
        )
        self.source: PostgresSource = self.own
        self._live: dict[str, tuple[Checked, Watch | None]] = {}
        self._deaths: list[str] = []
        config.add_cleanup(self.close)
        address = getattr(config, "workerinput", {}).get(WORKER_INPUT)
        if address:
            from belljar.databases.remote import BrokerClient

            client = BrokerClient(address, os.environ["PYTEST_XDIST_WORKER"])
            self.source = client
            config.add_cleanup(client.stop)

    def live(self, name: str, get: Callable[[], S]) -> S:
        """Return the server of that name while it lives, else what `get` gives."""
        known = self._live.get(name)
        if known is not None and not self._note_death(name, *known):
            return known[0]  # type: ignore[return-value]  # what `get` gave under this name
        server = get()
        self._live[name] = (server, watch_of(server))
        return server

    def _note_death(self, name: str, server: Checked, watch: Watch | None) -> bool:
        text = autopsy(server, watch)
        if text:
            self._deaths.append(text)
            del self._live[name]
        return bool(text)

    def lives(self, server: object) -> bool:
        """Whether the server is one of those in use, and not dead."""
        for name, (known, watch) in self._live.items():
            if known is server:
                return not self._note_death(name, known, watch)
        return False

    def sessions(self) -> list[str]:
        """Who holds connections, for each PostgreSQL that still lets us ask."""
        told = []
        for server, _ in self._live.values():
            ask = getattr(server, "sessions", None)
            if ask is not None:
                with suppress(DatabaseError):
                    told.append(ask())
        return told

    def bury(self) -> list[str]:
        """Return what the dead had to say, and forget them."""
        for name, (server, watch) in list(self._live.items()):
            self._note_death(name, server, watch)
        told, self._deaths = self._deaths, []
        return told

    def close(self) -> None:
        """End what this process has started."""
        if self.broker is not None:
            self.broker.close()
        else:
            self.own.stop()


SHARED = pytest.StashKey[Shared]()
THEN = pytest.StashKey[Callable[[], object]]()


def _shared(config: pytest.Config) -> Shared:
    if SHARED not in config.stash:
        config.stash[SHARED] = Shared(config)
        config.stash.get(THEN, lambda: None)()
    return config.stash[SHARED]


def _existing(config: pytest.Config, variable: str) -> tuple[str, str] | None:
    """Return the URL of the server that the settings or the variable name, and who does."""
    if config.pluginmanager.has_plugin("belljar.config.plugin"):
        from belljar.config.errors import BadSettings
        from belljar.config.session import server_of

        try:
            if found := server_of(config, variable):
                return found
        except BadSettings as error:
            raise BadServerUrl(str(error)) from None
    return in_environment(variable)


def _log(config: pytest.Config, name: str) -> Path | None:
    """Where a server's log goes: kept with the test's result under Bazel."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    file = f"{name}{f'-{worker}' if worker else ''}.log"
    outputs = os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR")
    if outputs:
        return Path(outputs) / file
    # As pytest-xdist does: servers outlive the fixtures that would give this folder.
    factory = getattr(config, "_tmp_path_factory", None)
    return factory.getbasetemp() / "servers" / file if factory else None
