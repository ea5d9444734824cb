"""`Sources`: one `Source` for each template of a run's worker, on a server that is alive."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from belljar.databases.errors import DatabaseError
from belljar.databases.isolation.working import Source
from belljar.databases.sharing import acquire

if TYPE_CHECKING:
    from belljar.databases.template import PostgresTemplate

__all__ = ["Sources"]


class Sources:
    """What the tests of this process take their databases from."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._sources: dict[str, Source] = {}

    def take(self, template: PostgresTemplate | None) -> Source:
        """Return the source for `template`, a new one when the server is. Raises `DatabaseError`."""
        server = acquire(self._config, template)
        key = template.key if template else ""
        source = self._sources.get(key)
        if source is None or source.server is not server:
            if source is not None:
                self._close(source)
            source = self._sources[key] = Source(server, template, self._pool_size)
        return source

    def _pool_size(self) -> int:
        if not self._config.pluginmanager.has_plugin("belljar.config.plugin"):
            return 5
        from belljar.config.session import chosen

        return int(chosen(self._config, "database.pool_size", 5))

    def close(self) -> None:
        """Drop what the tests have left; a server that is gone has dropped it."""
        for source in self._sources.values():
            self._close(source)
        self._sources.clear()

    def _close(self, source: Source) -> None:
        with contextlib.suppress(DatabaseError):
            source.close()
