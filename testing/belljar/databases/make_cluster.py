"""A program that writes a prepared data directory, as one file: `make_cluster OUT.tar`.

A build action runs it (`postgres_cluster` in bazel/private), once for many tests. The bytes are the
same each time; `reproducible.py` says how.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from belljar.databases.archive import pack
from belljar.databases.binaries import find_postgres, postgres_version
from belljar.databases.cluster import Cluster
from belljar.databases.errors import DatabaseError
from belljar.databases.folders import ServerFolder
from belljar.databases.launching import Launcher
from belljar.databases.normalising import normalise, run_program
from belljar.databases.prepared import stamp_of
from belljar.databases.reproducible import UnknownLayout
from belljar.databases.settings import PREPARED
from belljar.processes import ProcessError

__all__ = ["main", "make_cluster"]

# initdb asks it which of the machine's locales to offer as collations. Tests must not see those, or
# they would depend on the machine whose cache they came from.
LOCALE = "#!/bin/sh\necho C.utf8\n"


def make_cluster(archive: Path) -> None:
    """Write a data directory as `PostgresServer` would make it; raises `DatabaseError`."""
    binaries = find_postgres()
    folder = ServerFolder("pg")
    try:
        cluster = Cluster(
            binaries=binaries,
            version=postgres_version(binaries),
            folder=folder.path,
            sockets=folder.sockets,
            durable=False,
            tcp=False,
            settings={},
            build=PREPARED,
        )
        launcher = Launcher(folder)
        # Beside the result: in memory and in /tmp there are machines that run no programs.
        with tempfile.TemporaryDirectory(dir=archive.absolute().parent) as programs:
            locale = Path(programs) / "locale"
            locale.write_text(LOCALE)
            locale.chmod(0o755)
            said = run_program(launcher, cluster.initdb_command(), {"PATH": programs})
        if "no usable system locales" in said:
            say("the cluster has no collation C.utf8: this machine does not, or could not run it")
        try:
            normalise(launcher, binaries, cluster.data)
        except UnknownLayout as unknown:
            say(f"the cluster is sound, but its bytes differ from build to build: {unknown}")
        pack(cluster.data, stamp_of(binaries), archive)
    finally:
        folder.remove()


def main(arguments: list[str]) -> int:
    """Return the exit code."""
    if len(arguments) != 1:
        say("needs one argument: the file to write")
        return 2
    try:
        make_cluster(Path(arguments[0]))
    except (DatabaseError, ProcessError, OSError) as error:
        say(f"no cluster was made: {error}")
        return 1
    return 0


def say(text: str) -> None:
    """Tell the user."""
    print(f"make_cluster: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
