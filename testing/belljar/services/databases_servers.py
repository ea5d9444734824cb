"""Where a graph has its servers from: the run's own, shared with all its fixtures, or `up`'s."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

from belljar.databases import sharing
from belljar.databases.owning import OwnServers

if TYPE_CHECKING:
    from belljar.databases.existing import ExistingValkey
    from belljar.databases.server import Postgres
    from belljar.databases.template import PostgresTemplate
    from belljar.databases.valkey import ValkeyServer

__all__ = ["GraphServers", "OwnGraphServers", "RunServers", "servers_of"]


class GraphServers(Protocol):
    """Servers that are started when first asked for; many threads may ask."""

    def postgres(self, template: PostgresTemplate) -> Postgres:
        """Return a live server, started from the template if it can be."""

    def valkey(self) -> ValkeyServer | ExistingValkey:
        """Return a live server."""

    def close(self) -> None:
        """End what is the graph's alone."""


class RunServers:
    """The servers of a test run, which the fixtures `database` and `valkey` use too."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._lock = threading.Lock()

    def postgres(self, template: PostgresTemplate) -> Postgres:
        """Return it."""
        self._prepare()
        return sharing.acquire(self._config, template)

    def valkey(self) -> ValkeyServer | ExistingValkey:
        """Return it."""
        self._prepare()
        return sharing.acquire_valkey(self._config)

    def close(self) -> None:
        """Do nothing: they end with the run."""

    def _prepare(self) -> None:
        # What a run shares is made without a lock; the servers themselves start side by side.
        with self._lock:
            sharing._shared(self._config)


class OwnGraphServers:
    """Servers of one graph alone, for a person; their logs go to `folder`."""

    def __init__(self, folder: Path | None = None) -> None:
        self._own = OwnServers(lambda name: folder / f"{name}.log" if folder else None)

    def postgres(self, template: PostgresTemplate) -> Postgres:
        """Return it."""
        return self._own.postgres(template)

    def valkey(self) -> ValkeyServer | ExistingValkey:
        """Return it."""
        return self._own.valkey()

    def close(self) -> None:
        """End them."""
        self._own.stop()


def servers_of(config: pytest.Config | None, logs: Path | None) -> GraphServers:
    """Return the run's servers, or, without a run, some of the graph's own."""
    return RunServers(config) if config is not None else OwnGraphServers(logs)
