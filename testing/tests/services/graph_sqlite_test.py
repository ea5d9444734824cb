"""A SQLite file of a graph: put back under open connections, and gone with the graph."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from belljar.databases import SqliteTemplate
from belljar.services.databases import GraphDatabases

Eventually = Callable[[Callable[[], object]], None]

SQLITE = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO note VALUES (1, 'a');"
# Has the file, says where it is, and waits to be killed.
KILLED = """
import signal, sys
from pathlib import Path
from belljar.databases import SqliteTemplate
from belljar.services.databases import GraphDatabases

template = SqliteTemplate(Path(sys.argv[1]), Path("dump"), Path("tables"))
print(GraphDatabases(None, {"notes": template}).url("notes"), flush=True)
signal.pause()
"""


@pytest.fixture(name="notes")
def _notes(tmp_path: Path) -> Iterator[GraphDatabases]:
    """Give a graph with a SQLite database."""
    file = tmp_path / "template.sqlite3"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(SQLITE)
    databases = GraphDatabases(
        None, {"notes": SqliteTemplate(file, tmp_path / "dump", tmp_path / "tables")}
    )
    yield databases
    databases.close()


def _path(url: str) -> str:
    return url.removeprefix("sqlite:///")


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_sqlite_file_is_put_back_under_open_connections(notes: GraphDatabases, mode: str) -> None:
    with closing(sqlite3.connect(_path(notes.url("notes")), isolation_level=None)) as service:
        service.execute(f"PRAGMA journal_mode = {mode}")
        for _ in range(3):
            service.execute("INSERT INTO note (text) VALUES ('b')")
            service.execute("CREATE TABLE more (x)")
            assert notes.reset() == []
            assert service.execute("SELECT * FROM note").fetchall() == [(1, "a")]


def test_a_sqlite_transaction_that_never_ends_is_told_and_left_behind(
    notes: GraphDatabases,
) -> None:
    with closing(sqlite3.connect(_path(notes.url("notes")), isolation_level=None)) as service:
        service.execute("INSERT INTO note (text) VALUES ('b')")
        service.execute("BEGIN IMMEDIATE")
        service.execute("INSERT INTO note (text) VALUES ('c')")
        (complaint,) = notes.reset()
    assert "a transaction was still open" in complaint
    assert notes.cut == {"notes"}
    with closing(sqlite3.connect(_path(notes.url("notes")))) as service:
        assert service.execute("SELECT * FROM note").fetchall() == [(1, "a")]


def test_a_sqlite_file_goes_with_the_graph(notes: GraphDatabases) -> None:
    folder = Path(_path(notes.url("notes"))).parent
    assert folder.exists()
    notes.close()
    assert not folder.exists()


def test_a_sqlite_file_goes_when_the_test_is_killed(tmp_path: Path, eventually: Eventually) -> None:
    template = tmp_path / "template.sqlite"
    with closing(sqlite3.connect(template)) as connection:
        connection.execute("CREATE TABLE note (id integer)")
    command = [sys.executable, "-c", KILLED, str(template)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as test:
        assert test.stdout is not None
        folder = Path(_path(test.stdout.readline().strip())).parent
        assert folder.is_dir()
        test.kill()
    eventually(lambda: not folder.exists())
