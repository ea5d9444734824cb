"""The command lines that make a PostgreSQL data directory and run a server on it."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from belljar.databases.settings import BUILD, DURABLE, FAST, config_file, known
from belljar.processes.readiness import Watched

__all__ = ["USER", "Booted", "Cluster", "forget_segment", "server_environment"]

USER = "postgres"
# initdb and the server as one process, so that the start pays once for watching it; `exec` keeps
# the process id. What initdb says on success (whom the files belong to, how to start) is noise.
MAKE_AND_RUN = """
bin=$1 data=$2 config=$3 port=$4; shift 4
"$bin/initdb" "$@" >/dev/null &&
cat "$config" >>"$data/postgresql.conf" &&
exec "$bin/postgres" -D "$data" -p "$port"
"""


@dataclass(frozen=True)
class Cluster:
    """One data directory to be: where it is and how it is meant."""

    binaries: Path
    version: int
    folder: Path
    sockets: Path
    durable: bool
    tcp: bool
    settings: Mapping[str, str]
    build: Mapping[str, str] = field(default_factory=lambda: BUILD)

    @property
    def data(self) -> Path:
        """The data directory itself."""
        return self.folder / "data"

    @property
    def config(self) -> Path:
        """Our part of `postgresql.conf`, until the data directory is there."""
        return self.folder / "belljar.conf"

    @property
    def password_file(self) -> Path:
        """The password, while initdb reads it."""
        return self.folder / "password"

    def prepare(self, password: str) -> None:
        """Write the files that making and running it read."""
        settings = (DURABLE if self.durable else FAST) | dict(self.settings)
        settings["unix_socket_directories"] = str(self.sockets)
        settings["listen_addresses"] = "127.0.0.1" if self.tcp else ""
        self.config.write_text(config_file(settings, self.version))
        if self.tcp:
            self.password_file.touch(0o600)
            self.password_file.write_text(password)

    def configure(self) -> None:
        """Add our settings to a data directory that is there."""
        with (self.data / "postgresql.conf").open("a") as config:
            config.write(self.config.read_text())

    def initdb_arguments(self) -> list[str]:
        """What initdb is told."""
        arguments = [
            *("-D", str(self.data), f"--username={USER}", "--no-sync", "--no-instructions"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=1"),
            *("--auth-local=trust", "--auth-host=scram-sha-256"),
            # The folder goes all the same, and until then its shared memory can be found from it.
            "--no-clean",
        ]
        if sys.platform in ("win32", "darwin"):  # no C.UTF-8 there
            arguments.append("--no-locale")
        if self.tcp:
            arguments.append(f"--pwfile={self.password_file}")
        if self.durable:
            arguments.append("--data-checksums")
        elif self.version >= 18:
            arguments.append("--no-data-checksums")
        if not self.durable and self.version >= 16:
            build = known(self.build, self.version)
            arguments.extend(f"-c{key}={value}" for key, value in build.items())
        return arguments

    def initdb_command(self) -> list[str]:
        """Make the data directory."""
        return [str(self.binaries / "initdb"), *self.initdb_arguments()]

    def run_command(self, port: int) -> list[str]:
        """Run the server on a data directory that is there."""
        return [str(self.binaries / "postgres"), "-D", str(self.data), "-p", str(port)]

    def make_and_run_command(self, port: int) -> list[str]:
        """Make the data directory and become its server."""
        values = [str(self.binaries), str(self.data), str(self.config), str(port)]
        return ["/bin/sh", "-c", MAKE_AND_RUN, "postgres", *values, *self.initdb_arguments()]


class Booted:
    """Ready when the postmaster says so in its pid file: the way of `pg_ctl --wait`.

    It needs no client, and no log format or language can hide it.
    """

    def __init__(self, data: Path) -> None:
        self.pidfile = data / "postmaster.pid"

    @property
    def what(self) -> str:
        """The file and the word."""
        return f"'ready' in {self.pidfile}"

    def pending(self, process: Watched) -> str | None:
        """Return None when the server accepts connections, else the state it reports."""
        try:
            lines = self.pidfile.read_text().splitlines()
        except FileNotFoundError:
            return "no such file yet"
        state = lines[7].strip() if len(lines) > 7 else "starting"
        return None if state == "ready" else state


def forget_segment(data: Path) -> None:
    """Remove the small piece of shared memory that a server leaves when it is killed."""
    try:
        line = (data / "postmaster.pid").read_text().splitlines()[6]
    except (OSError, IndexError):
        return  # it ended well and took both with it
    if sys.platform != "win32":
        _, identifier = line.split()
        ipc_rmid = 0
        ctypes.CDLL(None).shmctl(int(identifier), ipc_rmid, None)


def server_environment() -> dict[str, str]:
    """Ours, without the variables that would change what the server does (PGDATA and its like)."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
    return kept | {"TZ": "UTC", "LC_ALL": "C"}
