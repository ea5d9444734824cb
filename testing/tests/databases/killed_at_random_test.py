"""Nothing is left of a test that is killed at a random moment. BELLJAR_KILLS says how often."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.databases import folders

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")

Eventually = Callable[[Callable[[], object]], None]
TIMES = int(os.environ.get("BELLJAR_KILLS", "6"))
# From before the first import to well after the last start.
LATEST = {"program": 2.5, "workers": 5.0}
MARK = "BELLJAR_TEST_KILLED"

PROGRAM = """
from pathlib import Path
from belljar.databases import PostgresServer, ValkeyServer
here = Path({folder!r})
while True:
    with PostgresServer(folder=here) as server, ValkeyServer(folder=here) as cache:
        for _ in range(20):
            server.drop_database(server.create_database())
            cache.flush()
"""

# Servers of fixtures are in memory, where others have theirs; these go where we look.
CONFTEST = """
from pathlib import Path
from belljar.databases import folders
folders.best_parent = lambda: Path({folder!r})
"""

SUITE = """
import pytest

@pytest.mark.parametrize("number", range(1000))
def test_round(postgres, valkey, number):
    postgres.drop_database(postgres.create_database())
    valkey.flush()
"""


def command(kind: str, folder: Path) -> list[str]:
    """The program, or pytest with workers, that is going to be killed."""
    if kind == "program":
        return [sys.executable, "-c", PROGRAM.format(folder=str(folder))]
    (folder.parent / "rounds_test.py").write_text(SUITE)
    (folder.parent / "conftest.py").write_text(CONFTEST.format(folder=str(folder)))
    (folder.parent / "pytest.ini").write_text("[pytest]\npython_files = *_test.py\n")
    options = ["-p", "xdist", "-n", "2", "-p", "belljar.databases.plugin", "-p", "no:cacheprovider"]
    options += ["--basetemp", str(folder.parent / "base")]
    return [sys.executable, "-m", "pytest", "-q", *options, str(folder.parent)]


def marked(mark: str) -> list[int]:
    """Living processes that were started by the killed one, directly or not."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environment = (entry / "environ").read_bytes()
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue  # it ended meanwhile, or is another user's
            if f"{MARK}={mark}".encode() in environment.split(b"\0") and state not in "ZX":
                found.append(int(entry.name))
    return found


def orphaned_segments() -> set[str]:
    """Shared memory of the old kind whose maker is gone."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    fields = [line.split() for line in lines]
    return {field[1] for field in fields if not Path(f"/proc/{field[4]}").exists()}


@pytest.mark.parametrize("kind", ["program", "workers"])
@pytest.mark.parametrize("number", range(TIMES))
def test_nothing_is_left_of_a_test_killed_at_a_random_moment(
    number: int,
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    eventually: Eventually,
) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    before = orphaned_segments()
    mark = f"{os.getpid()}-{kind}-{number}"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    ours = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = kept | ours | {MARK: mark, "TMPDIR": str(memory)}
    with subprocess.Popen(
        command(kind, memory), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            process.wait(random.Random(f"{kind} {number}").uniform(0.0, LATEST[kind]))
        except subprocess.TimeoutExpired:
            process.kill()
    print("servers at its end:", sorted(path.name for path in memory.glob("*-*-*")))
    eventually(lambda: not marked(mark))
    monkeypatch.setattr(folders, "NEW_SECONDS", 0.0)

    def only_what_the_next_start_sweeps_is_left() -> bool:
        folders.ServerFolder("pg", memory).remove()
        return not list(memory.iterdir())

    eventually(only_what_the_next_start_sweeps_is_left)
    eventually(lambda: orphaned_segments() <= before)
