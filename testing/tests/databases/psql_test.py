"""The program that opens a kept database, as a person at a terminal uses it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from belljar.databases import Kept, PostgresServer, export, keep
from belljar.databases.archive import pack, read_stamp, unpack

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "subprocess.Popen[str]"]

NODE = "services/orders/tests/stock_test.py::test_it"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")


@pytest.fixture(scope="module")
def url(server: PostgresServer) -> str:
    """Give a database with one row."""
    url = server.create_database()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE t AS SELECT 'kept' AS x")
    return url


@pytest.fixture
def outputs(url: str, tmp_path: Path) -> Path:
    """Give a test's outputs, as Bazel packs them."""
    kept = keep(url, NODE, tmp_path / "unpacked")
    assert isinstance(kept, Kept)
    path = tmp_path / "outputs.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(kept.path, kept.path.relative_to(tmp_path / "unpacked"))
    return path


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the program as `bazel run` does: the user is in `tmp_path`, the program elsewhere."""
    started = []

    def start_program(*arguments: object, **environment: str) -> subprocess.Popen[str]:
        own = {
            "PYTHONPATH": os.pathsep.join(sys.path),
            "BUILD_WORKING_DIRECTORY": str(tmp_path),
            "BUILD_WORKSPACE_DIRECTORY": str(tmp_path),
            "TMPDIR": str(tmp_path / "temporary"),
        }
        (tmp_path / "temporary").mkdir(exist_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "belljar.databases.psql", *map(str, arguments)],
            env=os.environ | own | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C goes to a whole group, which must not be ours
        )
        started.append(process)
        return process

    yield start_program
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def run(start: Start) -> Run:
    """Run it to its end."""

    def run_program(
        *arguments: object, said: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        process = start(*arguments, **environment)
        out, error = process.communicate(said)
        return subprocess.CompletedProcess(process.args, process.returncode, out, error)

    return run_program


def test_a_tests_outputs_are_opened(outputs: Path, run: Run) -> None:
    result = run("outputs.zip", "-At", "-c", "SELECT x FROM t")
    assert (result.stdout, result.stderr, result.returncode) == ("kept\n", "", 0)


def test_so_is_the_label_of_its_target(outputs: Path, tmp_path: Path, run: Run) -> None:
    place = tmp_path / ".out/testlogs/services/orders/stock_test/test.outputs"
    place.mkdir(parents=True)
    outputs.rename(place / "outputs.zip")
    result = run("//services/orders:stock_test", "-Atc", "SELECT x FROM t")
    assert (result.stdout, result.returncode) == ("kept\n", 0)


@pytest.mark.parametrize("suffix", [".sql", ".dump", pytest.param(".tar", marks=posix_only)])
def test_so_is_an_exported_file(url: str, tmp_path: Path, run: Run, suffix: str) -> None:
    export(url, tmp_path / f"shop{suffix}")
    result = run(f"shop{suffix}", "-Atc", "SELECT x FROM t")
    assert (result.stdout, result.returncode) == ("kept\n", 0)


@posix_only
def test_a_data_directory_of_another_version_needs_the_dump_beside_it(
    url: str, tmp_path: Path, run: Run
) -> None:
    """As a template has it."""
    for suffix in (".tar", ".sql"):
        export(url, tmp_path / f"shop{suffix}")
    stamp = read_stamp(tmp_path / "shop.tar")
    unpack(tmp_path / "shop.tar", tmp_path / "data")
    pack(tmp_path / "data", replace(stamp, version=99), tmp_path / "shop.tar")
    assert run("shop.tar", "-Atc", "SELECT x FROM t").stdout == "kept\n"
    (tmp_path / "shop.sql").unlink()
    result = run("shop.tar", "-Atc", "SELECT x FROM t")
    assert result.returncode == 2
    assert "shop.tar is a data directory of PostgreSQL 99" in result.stderr


def test_its_input_is_psqls_and_so_is_its_exit_code(outputs: Path, run: Run) -> None:
    result = run(outputs, "-At", said="SELECT x || '!' FROM t;\n")
    assert (result.stdout, result.returncode) == ("kept!\n", 0)
    result = run(outputs, "-v", "ON_ERROR_STOP=1", said="nonsense;\n")
    assert result.returncode == 3
    assert "syntax error" in result.stderr


def test_its_files_are_where_the_user_is(outputs: Path, tmp_path: Path, run: Run) -> None:
    (tmp_path / "look.sql").write_text("SELECT x FROM t;")
    assert run("outputs.zip", "-Atf", "look.sql").stdout == "kept\n"


def test_the_users_own_servers_are_left_alone(outputs: Path, run: Run) -> None:
    result = run(outputs, "-Atc", "SELECT x FROM t", PGOPTIONS="-c search_path=elsewhere")
    assert result.stdout == "kept\n"


def test_several_are_listed_and_one_is_chosen(
    url: str, outputs: Path, tmp_path: Path, run: Run
) -> None:
    keep(url, NODE, tmp_path / "unpacked")
    result = run("unpacked", "-c", "SELECT 1")
    assert result.returncode == 2
    assert "2 databases were kept; choose one" in result.stderr
    assert "2  stock_test.test_it-2  " in result.stderr
    for choice in (["--name", "2"], ["--name=stock_test.test_it-2"]):
        assert run("unpacked", *choice, "-Atc", "SELECT x FROM t").stdout == "kept\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gone.zip"], "psql: there is no file or folder "),
        (["."], "psql: there is no kept database in .\n"),
        (["//gone:test"], "psql: there is no result of //gone:test"),
        (["-c", "SELECT 1"], "psql: the path comes first, not -c"),
        (["broken.dump"], "broken.dump is not a dump"),
        (["picture.png"], "does not say by its suffix what it is"),
        ([], "Opens a database that was kept"),
    ],
)
def test_mistakes_are_said_without_a_trace(
    tmp_path: Path, run: Run, arguments: list[str], said: str
) -> None:
    for name in ("broken.dump", "picture.png"):
        (tmp_path / name).write_text("no database")
    result = run(*arguments)
    assert result.returncode == 2
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_help_is_given(run: Run) -> None:
    result = run("--help")
    assert result.returncode == 0
    assert "./bazelw run //testing:psql -- OUTPUTS.zip" in result.stdout


@posix_only
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 3), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_nothing_is_left_when_it_is_stopped(
    url: str,
    tmp_path: Path,
    start: Start,
    number: signal.Signals,
    code: int,
    alive: Callable[[int], bool],
) -> None:
    """A Ctrl-C is psql's, which cancels the query, and ends (3) where nobody is at the terminal."""
    export(url, tmp_path / "shop.dump")
    process = start("shop.dump", "-At")
    assert process.stdin and process.stdout
    process.stdin.write("SHOW data_directory;\nSELECT pg_backend_pid();\nSELECT pg_sleep(600);\n")
    process.stdin.flush()
    data, backend = Path(process.stdout.readline().strip()), int(process.stdout.readline())
    assert data.is_dir() and alive(backend)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    process.communicate()
    assert process.returncode == code
    assert not alive(backend)
    assert not data.parent.exists()
    assert not list((tmp_path / "temporary").iterdir())


@posix_only
def test_nothing_is_left_when_it_is_interrupted_before_psql_runs(
    url: str, tmp_path: Path, start: Start, eventually: Callable[[Callable[[], object]], None]
) -> None:
    export(url, tmp_path / "shop.sql")
    # The load tells where its server is, and waits until it is interrupted.
    told = tmp_path / "told"
    with (tmp_path / "shop.sql").open("a") as file:
        file.write(f"\n\\o {told}\nSHOW data_directory;\n\\o\nSELECT pg_sleep(600);\n")
    process = start("shop.sql")
    eventually(lambda: told.exists() and "(1 row)" in told.read_text())
    data = Path(told.read_text().splitlines()[2].strip())
    assert data.is_dir()
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate()
    assert process.returncode == 130
    assert "Traceback" not in said
    assert not data.parent.exists()
    assert not list((tmp_path / "temporary").iterdir())
