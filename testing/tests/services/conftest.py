"""What the tests of belljar.services share: little servers that behave, and some that do not."""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from belljar.services import Service, ServiceGraph, Task

Eventually = Callable[[Callable[[], object]], None]
Node = Service | Task
Start = Callable[..., ServiceGraph]
Serve = Callable[..., Service]

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the run around says about services, and let servers import what we can."""
    monkeypatch.delenv("BELLJAR_SERVICES", raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


@pytest.fixture
def eventually() -> Eventually:
    """Wait until a condition holds; fail when it does not within ten seconds."""

    def wait(condition: Callable[[], object]) -> None:
        until = time.monotonic() + 10.0
        while not condition():
            assert time.monotonic() < until, "the condition did not come true within 10 s"
            time.sleep(0.005)  # between two looks, not instead of one

    return wait


@pytest.fixture
def alive() -> Callable[[int], bool]:
    """Tell whether a process still runs; a zombie does not."""

    def look(pid: int) -> bool:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return stat.rpartition(")")[2].split()[0] not in "ZX"

    return look


@pytest.fixture
def serve() -> Serve:
    """Describe a server of the kinds that `little_server.py` knows."""

    def describe(name: str, *args: str, **more: object) -> Service:
        told: dict[str, object] = {"args": ["--fd", "{fd}", *args], "stop_grace": 3.0}
        told |= more
        command = [sys.executable, str(HERE / "little_server.py")]
        return Service(name, command, **told)  # type: ignore[arg-type]  # checked by the class

    return describe


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a graph of the given nodes, which is stopped at the end."""
    with ExitStack() as stack:

        def start_graph(*nodes: Node, **more: object) -> ServiceGraph:
            more.setdefault("logs", tmp_path / "logs")
            graph = ServiceGraph(nodes, **more)  # type: ignore[arg-type]  # likewise
            return stack.enter_context(graph)

        yield start_graph


@pytest.fixture
def get() -> Callable[[str], str]:
    """Give the body of what a URL answers, or what went wrong instead."""

    def answer(url: str) -> str:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                return str(response.read().decode())
        except urllib.error.URLError as error:
            return str(error.reason).lower()
        except OSError as error:
            return type(error).__name__

    return answer
