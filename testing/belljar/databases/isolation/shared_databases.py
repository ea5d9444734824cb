"""`SharedDatabase`: one that processes of other names use too, while tests come and go.

Who runs such processes puts `SharedDatabases` into the config's stash; a test that uses them then
finds their database in the fixture `database`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from belljar.databases.server import Postgres
    from belljar.databases.template import PostgresTemplate

__all__ = ["SHARED_DATABASES", "SharedDatabase", "SharedDatabases"]


class SharedDatabase(Protocol):
    """A database that is put back after each test by whoever owns it."""

    @property
    def url(self) -> str:
        """Its URL."""

    @property
    def server(self) -> Postgres:
        """The server that it is on."""

    @property
    def template(self) -> PostgresTemplate:
        """What it was made from."""

    def mark(self, name: str) -> None:
        """Remember the present state."""

    def back_to(self, name: str) -> None:
        """Bring it back, while others stay connected."""

    def forget_snapshots(self) -> None:
        """Forget what was remembered."""


class SharedDatabases(Protocol):
    """All that one set of processes uses."""

    def postgres_for(self, template: PostgresTemplate | None, name: str) -> SharedDatabase | None:
        """Return the one that a test's database of that template and name is; None: none."""


SHARED_DATABASES = pytest.StashKey[SharedDatabases]()
