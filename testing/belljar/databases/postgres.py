"""`PostgresServer`: a real PostgreSQL of your own, from nothing to the first query in a blink.

    with PostgresServer() as server:
        engine = sqlalchemy.create_engine(server.url)

It listens on a Unix socket in a private folder (mode 0700), where nobody but this user can reach
it; the kernel checks that, so connections there need no password (which would cost each one 5 ms
of hashing). TCP, on request, can be reached by every user of the machine, so there it takes a
password, a fresh random one.

Where there is a prepared data directory (`prepared.py`), or a template was given, the server starts
from a copy of it. One that has a password or is durable makes its own.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from belljar.databases.binaries import find_postgres, postgres_version
from belljar.databases.cluster import USER, Booted, Cluster, forget_segment
from belljar.databases.errors import ServerNotStarted
from belljar.databases.folders import ServerFolder
from belljar.databases.launching import READY_SECONDS, Launcher
from belljar.databases.prepared import built_cluster, prepared_cluster
from belljar.databases.server import Postgres, copied, died, quoted
from belljar.databases.unpacking import Unpacking
from belljar.databases.urls import socket_url
from belljar.processes import Process, ProcessError, bind_socket
from belljar.processes.errors import describe_exit

if TYPE_CHECKING:
    from belljar.databases.template import PostgresTemplate

__all__ = ["PostgresServer"]

# PostgreSQL cannot be given a bound socket, so its TCP port is free when looked up and may be
# taken when it binds; then it is started again with another.
PORT_ATTEMPTS = 5
NO_PORT = "could not create any TCP/IP sockets"
# Only the name of the Unix socket, in a folder that nobody shares.
SOCKET_PORT = 5432


class PostgresServer(Postgres):
    """A PostgreSQL server that belongs to this process and ends with it.

    `durable` gives production's safety for tests about crashes; `tcp` lets it listen on loopback
    too, and `url` has that address and a password then; `settings` go on top of ours; `log` is
    where its output goes (default: an unnamed file); `folder` is where its data goes (default: in
    memory, if there is room); `template` is what it starts from, migrated and seeded: its database
    is then there, named `TEMPLATE_DATABASE`. `stop()`, or the end of the `with`, removes the data.
    Safe to use from several threads once started.
    """

    def __init__(
        self,
        *,
        durable: bool = False,
        tcp: bool = False,
        settings: Mapping[str, str] | None = None,
        log: Path | None = None,
        folder: Path | None = None,
        template: PostgresTemplate | None = None,
    ) -> None:
        super().__init__()
        if template and (durable or tcp or sys.platform == "win32"):
            raise ServerNotStarted(
                "a server that is durable or listens on TCP makes a data directory of its own and "
                "cannot start from a template; load the template's dump into it instead"
            )
        self._template = template
        self._durable = durable
        self._tcp = tcp or sys.platform == "win32"
        self._settings = dict(settings or {})
        self._log = log
        self._parent = folder
        self._folder: ServerFolder | None = None
        self._process: Process | None = None
        self._url = ""
        self._launcher: Launcher | None = None
        self._version = 0

    @property
    def admin_url(self) -> str:
        """URL of the database `postgres`."""
        self._running()
        return self._url

    @property
    def url(self) -> str:
        """URL of the database `postgres`: the server is ours, and so is all that is in it."""
        return self.admin_url

    def __repr__(self) -> str:
        return super().__repr__() if self._url else "<PostgresServer not started>"

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        return self._running().pid

    @property
    def data_directory(self) -> Path:
        """Where its data is."""
        self._running()
        assert self._folder is not None
        return self._folder.path / "data"

    def start(self) -> Self:
        """Return this server, ready for connections.

        Raises `ServerNotStarted`, `ServerNotFound` or `BadCluster`.
        """
        if self._process is not None:
            raise ServerNotStarted("this PostgresServer was started before; make another one")
        binaries = find_postgres()
        self._version = postgres_version(binaries)
        prepared: Path | None = None
        if self._template:
            prepared = built_cluster(self._template.archive, binaries)
        elif not self._durable and not self._tcp:
            prepared = prepared_cluster(binaries)
        self._folder = ServerFolder("pg", self._parent)
        self._launcher = Launcher(self._folder, self._log)
        try:
            cluster = Cluster(
                binaries=binaries,
                version=self._version,
                folder=self._folder.path,
                sockets=self._folder.sockets,
                durable=self._durable,
                tcp=self._tcp,
                settings=self._settings,
            )
            password = secrets.token_urlsafe(24) if self._tcp else ""
            cluster.prepare(password)
            if self._tcp:
                port = self._boot_with_port(cluster)
                cluster.password_file.unlink(missing_ok=True)
                self._url = f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"
            else:
                self._boot(cluster, SOCKET_PORT, prepared)
                self._url = socket_url(cluster.sockets, "postgres", USER)
        except ProcessError as error:
            self.stop()
            raise ServerNotStarted(f"PostgreSQL did not start: {error}") from None
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the server and remove its data; may be called again."""
        self._url = ""
        self._connection.close()
        try:
            if self._process is not None:
                self._process.stop()
        finally:
            if self._folder is not None:
                forget_segment(self._folder.path / "data")
                self._folder.remove()

    def check(self) -> None:
        """Raise `ServerDied`, with the last log lines, if the server is gone."""
        process = self._running()
        if process.returncode is not None:
            place = f" (all in {self._log})" if self._log else ""
            code = describe_exit(process.returncode)
            raise died("PostgreSQL", code, self.log_tail(), place)

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of its log."""
        return self._process.log_tail(lines) if self._process else ""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _running(self) -> Process:
        if self._process is None or not self._url:
            raise ServerNotStarted("this PostgresServer is not started; use it in a `with`")
        return self._process

    def _create(self, full: str, template: str | None) -> None:
        # Copying files is four times as fast as logging every page, which has no reader here.
        strategy = " STRATEGY FILE_COPY" if self._version >= 15 and not self._durable else ""
        statement = f"CREATE DATABASE {quoted(full)}{copied(template)}{strategy}"
        self._admin(statement, name=full)

    def _boot_with_port(self, cluster: Cluster) -> int:
        for attempt in range(1, PORT_ATTEMPTS + 1):
            with bind_socket() as looked_up:
                port = int(looked_up.getsockname()[1])
            try:
                self._boot(cluster, port)
            except ProcessError as error:
                if attempt == PORT_ATTEMPTS or NO_PORT not in error.log_tail:
                    raise
            else:
                break
        return port

    def _boot(self, cluster: Cluster, port: int, prepared: Path | None = None) -> None:
        """Run the server, on a copy of the prepared directory or on a new one."""
        assert self._launcher is not None
        booted = Booted(cluster.data)
        if prepared:
            with Unpacking(prepared, cluster) as unpacking:
                command = unpacking.command(port)
                finish = unpacking.finish
                self._process = self._launcher.launch(command, booted, settle=finish)
            return
        made = (cluster.data / "postgresql.conf").exists()
        if not made and sys.platform == "win32":
            self._make_on_windows(self._launcher, cluster)
            made = True
        command = cluster.run_command(port) if made else cluster.make_and_run_command(port)
        self._process = self._launcher.launch(command, booted)

    def _make_on_windows(self, launcher: Launcher, cluster: Cluster) -> None:
        """Run initdb by itself: there is no `exec` there."""
        process = launcher.launch(cluster.initdb_command())
        code = process.wait(READY_SECONDS)
        if code != 0:
            process.kill()
            raise ServerNotStarted(f"initdb failed:\n{process.log_tail()}")
        cluster.configure()
