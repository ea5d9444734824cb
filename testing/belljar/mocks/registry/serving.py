"""`served`: the server of an entry as a process of its own, for its contract.

with served(entry("payments"), tmp_path) as url:
    ...
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from belljar.mocks.registry.errors import BadEntry
from belljar.mocks.registry.mock_entry import Entry
from belljar.processes import LineReady, start_process

__all__ = ["command_of", "served"]

SECONDS = 30.0


@contextmanager
def served(entry: Entry) -> Iterator[str]:
    """Give the address of a new process, which ends with the `with`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with start_process(
        command_of(entry),
        name=f"{entry.name} (contract)",
        env=environment,
        ready=LineReady(r"listening on (http://\S+)"),
        ready_timeout=SECONDS,
    ) as process:
        assert process.match is not None
        yield process.match[1]


def command_of(entry: Entry) -> tuple[str, ...]:
    """Return the command of an entry's process. Raises `BadEntry` where there is none."""
    if entry.command:
        return tuple(entry.command)
    run = (sys.executable, "-m", "belljar.mocks.registry", entry.name)
    if entry.mock is None:
        return (*run, "--document", str(Path(str(entry.document)).resolve()))
    made: Any = entry.mock
    module = sys.modules.get(getattr(made, "__module__", ""))
    name = getattr(made, "__qualname__", "")
    file = getattr(module, "__file__", None)
    if not file or not name or "<" in name:
        raise BadEntry(
            f"the mock of {entry.name!r} is {made!r}, which another process can't import",
            fix="give a class or function of a module, or command=, which runs the server",
        )
    return (*run, "--model", f"{made.__module__}:{name}", "--file", str(Path(file).resolve()))
