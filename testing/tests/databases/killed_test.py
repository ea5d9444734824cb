"""Nothing is left of a server when its test is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from belljar.databases.folders import ServerFolder

Alive = Callable[[int], bool]
Eventually = Callable[[Callable[[], object]], None]
Start = Callable[[str], tuple[subprocess.Popen[str], list[str]]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a program of the given code and give what it prints first, in words."""
    started = []

    def run(code: str) -> tuple[subprocess.Popen[str], list[str]]:
        preamble = (
            "import sys, time; from pathlib import Path\n"
            "from belljar.databases import PostgresServer, ValkeyServer\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", preamble + code],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        return process, process.stdout.readline().split()

    yield run
    for process in started:
        process.kill()
        process.communicate()


def segments_of(pid: int) -> list[str]:
    """Shared memory of the old kind that a process made: it can outlive that process."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return [line for line in lines if int(line.split()[4]) == pid]


@pytest.mark.parametrize("kind", ["PostgresServer", "ValkeyServer"])
def test_a_killed_test_leaves_no_server_folder_or_segment(
    start: Start, alive: Alive, eventually: Eventually, kind: str
) -> None:
    process, (pid, folder) = start(
        f"server = {kind}().start(); print(server.pid, server._folder.path); time.sleep(60)"
    )
    assert alive(int(pid))
    assert len(segments_of(int(pid))) == (kind == "PostgresServer")
    process.kill()
    eventually(lambda: not alive(int(pid)) and not Path(folder).exists())
    eventually(lambda: not segments_of(int(pid)))


def test_a_test_killed_in_the_middle_of_initdb_leaves_nothing(
    start: Start, eventually: Eventually, tmp_path: Path
) -> None:
    process, _ = start(
        "from belljar.databases import prepared; prepared.BESIDE = Path('none')\n"
        f"server = PostgresServer(folder=Path({str(tmp_path)!r})); print('go'); server.start()"
    )
    eventually(lambda: list(tmp_path.glob("belljar-pg-*/data/*")))
    process.kill()
    eventually(lambda: not list(tmp_path.iterdir()))


def test_what_is_left_of_a_test_killed_while_it_unpacks_goes_at_the_next_start(
    start: Start, eventually: Eventually, tmp_path: Path
) -> None:
    """Its server's keeper may not be up by then; the folder's lock is free, which tells."""
    process, _ = start(
        "from belljar.databases import unpacking\n"
        "def unpack(archive, folder):\n"
        "    folder.mkdir(); print('unpacking', flush=True); time.sleep(60)\n"
        "unpacking.unpack = unpack\n"
        "from belljar.databases import postgres\n"
        "postgres.prepared_cluster = lambda binaries: Path('cluster.tar')\n"
        f"PostgresServer(folder=Path({str(tmp_path)!r})).start()"
    )
    process.kill()
    process.wait()

    def next_start_leaves_nothing() -> bool:
        ServerFolder("pg", tmp_path).remove()
        return not list(tmp_path.iterdir())

    eventually(next_start_leaves_nothing)


def test_a_test_that_ends_without_stopping_leaves_nothing(
    start: Start, alive: Alive, eventually: Eventually
) -> None:
    process, (pid, folder) = start(
        "server = PostgresServer().start(); print(server.pid, server._folder.path)"
    )
    assert process.wait(10) == 0
    eventually(lambda: not alive(int(pid)) and not Path(folder).exists())
