"""`ExistingPostgres` and `ExistingValkey`: servers that run already, named by a URL.

For a CI service, a container or a shared staging server: `BELLJAR_POSTGRES_URL` and
`BELLJAR_VALKEY_URL`. The database user needs CREATEDB and nothing more.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from belljar.databases.errors import BadServerUrl, ClientMissing, ServerUnreachable
from belljar.databases.leases import Lease
from belljar.databases.server import Postgres, one_line
from belljar.databases.urls import libpq_url, redacted

__all__ = ["ExistingPostgres", "ExistingValkey"]


MAY_CREATE = "SELECT rolcreatedb OR rolsuper, rolname FROM pg_roles WHERE rolname = current_user"


class ExistingPostgres(Postgres):
    """A PostgreSQL server that is not ours: every database that we make there has our prefix.

    `source` says in errors where the URL came from. Leaving the `with` drops what was made; what a
    killed run has left there is dropped by the next one's start. It must be reached directly, or
    through a pooler that gives each client a session of its own.
    """

    def __init__(self, url: str, *, source: str = "the URL") -> None:
        super().__init__(ours=False)
        self._lease: Lease | None = None
        self._source = source
        self._admin_url = libpq_url(url, source)
        self._own_url = ""

    @property
    def admin_url(self) -> str:
        """The URL that was given."""
        return self._admin_url

    @property
    def url(self) -> str:
        """URL of a database of this run, made when first asked for: the given one stays clean."""
        if not self._own_url:
            self._own_url = self.create_database()
        return self._own_url

    def log_tail(self, lines: int = 20) -> str:
        """Empty: its log is elsewhere."""
        return ""

    def check(self) -> None:
        """Do nothing: whether it runs, the next connection tells."""

    def start(self) -> Self:
        """Return this server once it let us in and lets us create databases."""
        try:
            connection = self._connect()
        except ServerUnreachable as error:
            raise ServerUnreachable(f"{self._source}: {error}") from None
        try:
            row = connection.execute(MAY_CREATE).fetchone()
            if not row or not row[0]:
                user = row[1] if row else "?"
                raise ServerUnreachable(
                    f"{self._source}: user {user!r} may not create databases on "
                    f'{redacted(self._admin_url)}; run: ALTER ROLE "{user}" CREATEDB'
                )
            self._lease = Lease(connection, self.prefix)
            self._lease.sweep()
        except BaseException:
            connection.close()
            raise
        return self

    def stop(self) -> None:
        """Drop what this run, with all its workers, has created."""
        self._own_url = ""
        self._created.clear()
        if self._lease is not None:
            lease, self._lease = self._lease, None
            lease.end(self.prefix)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _full_name(self, name: str) -> str:
        return name if name.startswith(self.prefix) else self.prefix + name


class ExistingValkey:
    """A Valkey or Redis server that is not ours: we use, and flush, the one database in its URL."""

    def __init__(self, url: str, *, source: str = "the URL") -> None:
        parts = urlsplit(url)
        numbered = parts.path.removeprefix("/").isdigit() or "db=" in parts.query
        if parts.scheme not in ("valkey", "valkeys", "redis", "rediss", "unix") or not numbered:
            raise BadServerUrl(
                f"{source} must name the server and the database that tests may empty, like "
                f"valkey://HOST:6379/9, not {redacted(url)!r}"
            )
        self._source = source
        self.url = url

    def __repr__(self) -> str:
        return f"<ExistingValkey {redacted(self.url)}>"

    def flush(self) -> None:
        """Delete every key of the database in the URL, and of no other."""
        self._call("flushdb")

    def log_tail(self, lines: int = 20) -> str:
        """Empty: its log is elsewhere."""
        return ""

    def check(self) -> None:
        """Do nothing: whether it runs, the next command tells."""

    def start(self) -> Self:
        """Return this server once it answers."""
        self._call("ping")
        return self

    def stop(self) -> None:
        """Do nothing: it is not ours."""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _call(self, command: str) -> Any:
        try:
            import valkey
        except ImportError as error:
            raise ClientMissing(f"{self._source} needs the package valkey ({error})") from None
        client = valkey.Valkey.from_url(self.url)
        try:
            return getattr(client, command)()
        except (valkey.ValkeyError, OSError) as error:
            raise ServerUnreachable(
                f"{self._source}: {redacted(self.url)}: {one_line(error)}"
            ) from None
        finally:
            client.connection_pool.disconnect()
