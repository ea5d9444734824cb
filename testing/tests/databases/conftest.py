"""What the tests of belljar.databases share: a clean environment, and waiting for conditions."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from belljar.databases import PostgresServer

Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a developer's shell may say about servers."""
    for name in list(os.environ):
        if name.startswith(("BELLJAR_POSTGRES", "BELLJAR_VALKEY", "PG")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Give a running server to a module that does not harm it."""
    log = tmp_path_factory.mktemp("server") / "postgres.log"
    with PostgresServer(log=log) as server:
        yield server


@pytest.fixture
def ask() -> Callable[[str, str], object]:
    """Give the first value that a query, or the last of several, returns."""

    def query(url: str, statement: str) -> object:
        with psycopg.connect(url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            while cursor.nextset():
                pass
            row = cursor.fetchone()
        return row[0] if row else None

    return query


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
