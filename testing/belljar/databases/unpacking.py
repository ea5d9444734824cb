"""`Unpacking`: a prepared data directory is unpacked while the server that will use it starts.

Both take about as long: the server needs what its databases consist of when somebody connects to
one, and nobody does before `Unpacking` is over. And what is half done goes when the test is killed in the middle: the
process has a keeper by then (see `belljar.processes`).
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from belljar.databases.archive import unpack
from belljar.databases.cluster import Cluster
from belljar.databases.errors import DatabaseError, ServerNotStarted

__all__ = ["Unpacking"]

# Waits at the gate, then becomes the command (`exec` keeps the process id).
WAIT_AND_RUN = """
read -r word <"$1" && [ "$word" = go ] && shift && exec "$@"
"""


class Unpacking:
    """A context manager: in it, launch `command(...)`; what went wrong with the archive is raised.

    Raises `BadCluster`, or `ServerNotStarted` when the disk is full, say.
    """

    def __init__(self, archive: Path, cluster: Cluster) -> None:
        self._archive = archive
        self._cluster = cluster
        self._gate = cluster.folder / "gate"
        self._error: DatabaseError | None = None
        self._thread = Thread(target=self._unpack, name="belljar-unpacking", daemon=True)

    def command(self, port: int) -> list[str]:
        """Return the command that runs the server as soon as its data is there."""
        return [
            *("/bin/sh", "-c", WAIT_AND_RUN, "postgres", str(self._gate)),
            *self._cluster.run_command(port),
        ]

    def finish(self) -> None:
        """Wait until nothing is written any more."""
        self._thread.join()

    def _unpack(self) -> None:
        try:
            unpack(self._archive, self._cluster.data, self._go)
        except DatabaseError as error:
            self._error = error
        except OSError as error:
            self._error = ServerNotStarted(f"{self._archive} could not be unpacked: {error}")
        finally:
            # After "go" nobody reads it.
            os.write(self._fd, b"stop\n")

    def _go(self) -> None:
        self._cluster.configure()
        os.write(self._fd, b"go\n")

    def __enter__(self) -> Self:
        os.mkfifo(self._gate, 0o600)
        # Both ends are open here, so neither side waits for the other and no word is lost.
        self._fd = os.open(self._gate, os.O_RDWR)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.join()
        os.close(self._fd)
        self._gate.unlink()
        if self._error is not None:
            raise self._error from None
