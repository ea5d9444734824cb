"""A place for the data that is too small: PostgreSQL's own words reach whoever asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a tmpfs of one's own is Linux's")

PREAMBLE = """
import sys
from pathlib import Path
import psycopg
from belljar.databases import DatabaseError, PostgresServer
place = Path(sys.argv[1])
"""


def segments() -> set[str]:
    """Shared memory of the old kind that nobody is attached to."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    # Its key is the number of the data's folder, which is small on a file system that is new.
    return {key for key, _, _, _, _, _, users, *_ in map(str.split, lines) if users == "0"}


def in_small_memory(megabytes: int, code: str, place: Path) -> str:
    """Run a program whose folder `place` has that size; give what it prints."""
    before = segments()
    unshare = shutil.which("unshare")
    mount = f"mount -t tmpfs -o size={megabytes}m none {place}"
    alone = [unshare or "unshare", "-Urm", "sh", "-c"]
    try:
        possible = subprocess.run([*alone, mount], capture_output=True, check=False).returncode == 0
    except OSError:
        possible = False
    if not possible:
        pytest.skip("this machine lets nobody mount a tmpfs")
    done = subprocess.run(
        [*alone, f'{mount} && exec "$@"', "sh", sys.executable, "-c", PREAMBLE + code, str(place)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not {key for key in segments() - before if int(key) < 1000}
    return done.stdout


def test_a_place_that_fills_up_in_the_middle_is_told_by_postgresql(tmp_path: Path) -> None:
    said = in_small_memory(
        100,
        """
with PostgresServer(folder=place) as server, psycopg.connect(server.url) as connection:
    try:
        connection.execute("CREATE TABLE t AS SELECT repeat('x', 1000) FROM generate_series(1, 1000000)")
    except psycopg.Error as error:
        print(error)
        try:
            server.check()
        except DatabaseError as died:
            print(died)
assert not list(place.iterdir())
        """,
        tmp_path,
    )
    assert "No space left on device" in said


def test_a_place_that_is_full_from_the_start_is_told(tmp_path: Path) -> None:
    said = in_small_memory(
        8,
        """
try:
    PostgresServer(folder=place).start()
except DatabaseError as error:
    print(error)
assert not list(place.iterdir())
        """,
        tmp_path,
    )
    assert "did not start" in said or "could not be unpacked" in said
    assert "No space left on device" in said
