"""`BuildServer`: the PostgreSQL that a template is made on; its data directory outlives it.

    with BuildServer(settings) as server:
        server.run("psql", "-c", "CREATE TABLE ...")
        data = server.stopped()

What two builds do in the same order has to give the same bytes, so nothing here works in the
background or in parallel, and no commit is written later.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from belljar.databases.archive import unpack
from belljar.databases.binaries import find_postgres, postgres_version
from belljar.databases.cluster import USER, Booted, Cluster, forget_segment, server_environment
from belljar.databases.errors import TemplateNotBuilt
from belljar.databases.folders import ServerFolder
from belljar.databases.launching import Launcher
from belljar.databases.make_cluster import make_cluster
from belljar.databases.prepared import prepared_cluster
from belljar.databases.settings import config_lines
from belljar.databases.target import Target
from belljar.databases.template import TEMPLATE_DATABASE
from belljar.databases.urls import socket_url
from belljar.processes import Process, ProcessError, start_process
from belljar.processes.errors import describe_exit

__all__ = ["BuildServer"]

PORT = 5432
FIELD = "\x1f"
QUERY = ("-XqAt", "-F", FIELD, "-v", "ON_ERROR_STOP=1")
# Commits in the background leave rows unmarked now and then; workers write in any order; and a
# checkpoint in the middle of a large seed would come at any place of it.
ORDERLY = {
    "synchronous_commit": "on",
    "max_parallel_workers": "0",
    "max_parallel_maintenance_workers": "0",
    "max_wal_size": "64GB",
}
# Written for this one run of the server: where its sockets were, and how it was started.
PASSING = ("postmaster.opts", "postmaster.pid")


class BuildServer:
    """A server on a copy of the prepared cluster. `settings` stay in what is made of it."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        if sys.platform == "win32":
            raise TemplateNotBuilt(
                "a PostgreSQL template cannot be built on Windows, where servers have passwords"
            )
        self.binaries = find_postgres()
        self._folder = ServerFolder("pg")
        self.launcher = Launcher(self._folder)
        self._settings = dict(settings)
        self._process: Process | None = None
        self._cluster = Cluster(
            binaries=self.binaries,
            version=postgres_version(self.binaries),
            folder=self._folder.path,
            sockets=self._folder.sockets,
            durable=False,
            tcp=False,
            settings=ORDERLY,
        )

    @property
    def target(self) -> Target:
        """The database that becomes the template."""
        sockets = self._cluster.sockets
        return Target(
            url=socket_url(sockets, TEMPLATE_DATABASE, USER),
            environment={
                "PGHOST": str(sockets),
                "PGPORT": str(PORT),
                "PGUSER": USER,
                "PGDATABASE": TEMPLATE_DATABASE,
                "PGCLIENTENCODING": "UTF8",
            },
        )

    def run(self, program: str, *arguments: str, database: str = TEMPLATE_DATABASE) -> str:
        """Return what a client program says; raises `TemplateNotBuilt` with it when it fails."""
        path = self.binaries / program
        if not path.is_file():
            raise TemplateNotBuilt(f"there is no {program} in {self.binaries}; a template needs it")
        environment = server_environment() | {**self.target.environment, "PGDATABASE": database}
        with start_process([path, *arguments], env=environment) as process:
            code = process.wait()
            said = process.log_text()
        if code != 0:
            raise TemplateNotBuilt(f"{program}, {describe_exit(code or 0)}:\n{said.strip()}")
        return said

    def query(self, statement: str, *, database: str = TEMPLATE_DATABASE) -> list[list[str]]:
        """Return the rows of statements, in which psql's own commands may be."""
        script = self._folder.path / "query.sql"
        script.write_text(statement)
        try:
            said = self.run("psql", *QUERY, "-f", str(script), database=database)
        except TemplateNotBuilt as error:
            raise TemplateNotBuilt(str(error).replace(f"psql:{script}:", "line ")) from None
        return [row.split(FIELD) for row in said.split("\n") if row]

    def stopped(self) -> Path:
        """Return the data directory of the server, which has ended well."""
        assert self._process is not None
        code = self._process.stop()
        if code != 0:
            tail = self._process.log_tail()
            raise TemplateNotBuilt(f"the server did not end well, {describe_exit(code)}:\n{tail}")
        data = self._cluster.data
        self._original.replace(data / "postgresql.conf")
        for name in PASSING:
            (data / name).unlink(missing_ok=True)
        for cache in data.rglob("pg_internal.init"):  # what it would rebuild at its next start
            cache.unlink()
        return data

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._process is not None:
                self._process.kill()
        finally:
            forget_segment(self._cluster.data)
            self._folder.remove()

    @property
    def _original(self) -> Path:
        return self._cluster.folder / "postgresql.conf"

    def _start(self) -> None:
        cluster = self._cluster
        prepared = prepared_cluster(self.binaries)
        if prepared:
            unpack(prepared, cluster.data)
        else:
            with tempfile.TemporaryDirectory() as folder:
                archive = Path(folder) / "cluster.tar"
                make_cluster(archive)
                unpack(archive, cluster.data)
        shutil.copy(cluster.data / "postgresql.conf", self._original)
        # Read after postgresql.conf, so that they hold wherever the template is used.
        with (cluster.data / "postgresql.auto.conf").open("a") as config:
            config.write(config_lines(self._settings))
        cluster.prepare("")
        cluster.configure()
        command = cluster.run_command(PORT)
        try:
            self._process = self.launcher.launch(command, Booted(cluster.data))
        except ProcessError as error:
            raise TemplateNotBuilt(self._refused(error)) from None

    def _refused(self, error: ProcessError) -> str:
        """Why the server does not start: nearly always a setting."""
        told = re.findall(r"(?:FATAL|LOG|ERROR|DETAIL|HINT): +(.*)", error.log_tail)
        lines = "".join(f"\n  {line}" for line in told) or f" {error}"
        given = ", ".join(f"{key} = {value!r}" for key, value in sorted(self._settings.items()))
        return f"the server does not start with settings = {{{given}}}:{lines}"
