"""`orders_process`: the service as a real process, for the layers that drive it from outside.

The socket is bound before the process starts and handed over by its number, so no port is ever
guessed; the process is ready when it is yielded and gone after the block, whatever happens.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from belljar.processes import LineReady, Process, start_process


def process_environment(database_url: str, cache_url: str | None, **more: str) -> dict[str, str]:
    """The environment of a process that stands alone but for a migrated database and its cache."""
    inherited = {name: value for name, value in os.environ.items() if name[:7] != "ORDERS_"}
    cache = {} if cache_url is None else {"ORDERS_CACHE_URL": cache_url}
    return {
        **inherited,
        # The process finds its code where this one does.
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "ORDERS_DATABASE_URL": database_url,
        "ORDERS_PAYMENTS": "fake",
        "ORDERS_STORAGE": "fake",
        "ORDERS_EMAILS": "fake",
        **cache,
        **more,
    }


def log_path(name: str, otherwise: Path) -> Path:
    """Where the process's log goes: kept with the test's result under Bazel, else a folder."""
    return Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", otherwise)) / f"{name}.log"


@contextmanager
def orders_process(environment: Mapping[str, str], log: Path) -> Iterator[tuple[Process, str]]:
    """A running process and its base URL; it is stopped by SIGTERM after the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        process = start_process(
            [sys.executable, "-m", "services.orders"],
            name="orders",
            env={**environment, "ORDERS_SOCKET_FD": str(listening.fileno())},
            ready=LineReady(r"listening on (http://\S+)"),
            log=log,
            pass_fds=(listening.fileno(),),
            stop_grace=20.0,
        )
    # Our copy of the socket is closed: when the process closes its own, nobody listens any more.
    with process:
        yield process, process.match[1]
