"""A mock, or its peer, as a process of its own: `Served`, and how long it takes to its first answer."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from http_load import Address, pinned

import belljar

__all__ = ["Served", "mock_command", "mock_environment"]

PORT = re.compile(r"(?:listening on http://[^:]+|^port):\s*(\d+)", re.MULTILINE)
MEGABYTE = 1 << 20


def mock_command(name: str, *arguments: str) -> list[str]:
    """Gives the command line of a mock on a free port."""
    return [sys.executable, "-m", f"belljar.mocks.{name}", *arguments]


def mock_environment(*libraries: str) -> dict[str, str]:
    """Gives the environment of a mock: a path with what it needs and no more, as if installed alone."""
    folders = [str(Path(belljar.__file__).parents[1])]
    for library in libraries:
        found = importlib.util.find_spec(library)
        if found is None or found.origin is None:
            continue  # not on this platform, or the process will say better what it lacks
        # A package's __init__.py, or a module.
        origin = Path(found.origin)
        above = origin.parents[1] if found.submodule_search_locations else origin.parent
        folders += [str(above)] if str(above) not in folders else []
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    # As in a sealed test: what is compiled is not kept.
    return {**kept, "PYTHONPATH": os.pathsep.join(folders), "PYTHONDONTWRITEBYTECODE": "1"}


class Served:
    """A process that says where it listens; ended with the `with`.

    `said` is what it printed until then. `core` is the one that it is held to.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str] | None = None,
        *,
        core: int | None = None,
    ) -> None:
        self.begun = time.perf_counter()
        self.said = ""
        with pinned(core):
            self.process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            if found := PORT.search(line):
                self.address: Address = ("127.0.0.1", int(found[1]))
                return
        status = self.process.wait()
        sys.exit(f"mocks: {' '.join(command)} ended with {status} and said:\n{self.said}")

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.address[1]}"

    def since_start(self) -> float:
        """Gives the seconds since the process was begun."""
        return time.perf_counter() - self.begun

    def megabytes(self) -> float:
        """Gives the memory that it has now, of what is in RAM."""
        file = Path(f"/proc/{self.process.pid}/status")
        if file.exists():
            found = re.search(r"VmRSS:\s+(\d+) kB", file.read_text(encoding="ascii"))
            assert found
            return int(found[1]) * 1024 / MEGABYTE
        shown = subprocess.check_output(
            ["ps", "-o", "rss=", "-p", str(self.process.pid)], text=True
        )
        return int(shown) * 1024 / MEGABYTE

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
