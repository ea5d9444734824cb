"""One server for all workers of a run, and a new one when it dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from belljar.databases import PostgresServer
from belljar.databases.owning import OwnServers, settings_for

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
TWO_WORKERS = ("-p", "xdist", "-n", "2")
ONE_WORKER = ("-p", "xdist", "-n", "1")
EVERYWHERE = pytest.mark.parametrize("workers", [(), TWO_WORKERS], ids=["alone", "workers"])


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run pytest with the plugin on a module of the given code; `told` there has its notes."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("NOTES", str(tmp_path))
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run_pytest(code: str, *options: str) -> pytest.RunResult:
        pytester.makeini("[pytest]\n")  # or one of a folder above would be taken
        pytester.makepyfile(PREAMBLE + code)
        plugin = ["-p", "belljar.databases.plugin", "-p", "no:cacheprovider"]
        return pytester.runpytest_subprocess(*plugin, *options)

    return run_pytest


PREAMBLE = """
import os, secrets, select, signal
from pathlib import Path
import psycopg, pytest

def note(*words):
    (Path(os.environ["NOTES"]) / secrets.token_hex(8)).write_text(" ".join(map(str, words)))

def one(url, statement):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement).fetchone()[0]
"""


def notes(folder: Path) -> list[list[str]]:
    return [path.read_text().split() for path in folder.iterdir() if path.is_file()]


def test_workers_share_one_server_and_never_meet(run: Run, tmp_path: Path) -> None:
    result = run(
        """
def test_one(postgres, worker_id):
    own = postgres.create_database("orders")
    for url in (own, postgres.url):
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE t ()")
    note(postgres.pid, one(own, "SELECT current_database()"))
    postgres.drop_database("orders")
        """,
        *TWO_WORKERS,
        "--dist",
        "each",
    )
    result.assert_outcomes(passed=2)
    pids, names = zip(*notes(tmp_path), strict=True)
    assert len(set(pids)) == 1
    assert set(names) == {"gw0_orders", "gw1_orders"}


@pytest.mark.parametrize("workers", [(), ONE_WORKER], ids=["alone", "worker"])
def test_after_a_server_died_the_next_test_has_a_new_one(
    run: Run, workers: tuple[str, ...]
) -> None:
    """And so have the session's own fixtures that use it."""
    result = run(
        """
@pytest.fixture(scope="session")
def orders(postgres):
    url = postgres.create_database("orders")
    yield url
    postgres.drop_database(url)

@pytest.fixture(scope="session")
def table(orders):
    with psycopg.connect(orders) as connection:
        connection.execute("CREATE TABLE t ()")
    return orders

class Test:
    def test_a(self, table):
        assert one(table, "SELECT count(*) FROM t") == 0

    def test_shot(self, table, postgres):
        os.kill(postgres.pid, signal.SIGKILL)
        one(table, "SELECT pg_sleep(10)")

    def test_c(self, table):
        assert one(table, "SELECT count(*) FROM t") == 0

    def test_d(self, postgres, table):
        assert one(postgres.url, "SELECT 1") == 1
        """,
        *workers,
    )
    result.assert_outcomes(passed=3, failed=1)
    text = result.stdout.str()
    assert text.count("- a server died -") == 1
    assert "the PostgreSQL server died: SIGKILL (signal 9)" in text


def test_valkey_that_died_is_replaced_too(run: Run) -> None:
    result = run(
        """
def test_shot(valkey):
    os.kill(valkey.pid, signal.SIGKILL)
    valkey.flush()

def test_next(valkey):
    valkey.flush()
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*the Valkey server died: SIGKILL*"])


def test_a_server_that_died_between_two_tests_fails_neither(run: Run) -> None:
    result = run(
        """
def test_quiet(postgres):
    end = os.pidfd_open(postgres.pid)
    os.kill(postgres.pid, signal.SIGKILL)
    assert select.select([end], [], [], 10)[0]
    os.close(end)

def test_next(postgres):
    assert one(postgres.url, "SELECT 1") == 1
        """
    )
    result.assert_outcomes(passed=2)


def test_a_worker_that_crashes_takes_nothing_with_it(run: Run, tmp_path: Path) -> None:
    result = run(
        """
def test_a(postgres):
    note("pid", postgres.pid)
    os._exit(3)

def test_b(postgres):
    assert one(postgres.create_database(), "SELECT 1") == 1
    note("pid", postgres.pid)
        """,
        *TWO_WORKERS,
    )
    result.assert_outcomes(passed=1, failed=1)
    assert len({pid for _, pid in notes(tmp_path)}) == 1


def test_many_workers_create_and_drop_without_a_failure(run: Run, tmp_path: Path) -> None:
    result = run(
        """
@pytest.mark.parametrize("number", range(80))
def test_round(postgres, number):
    url = postgres.create_database()
    assert one(url, "SELECT 1") == 1
    postgres.drop_database(url)
        """,
        *("-p", "xdist", "-n", "8"),
    )
    result.assert_outcomes(passed=80)


@EVERYWHERE
def test_a_server_that_does_not_start_is_told_once_without_a_trace(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("BELLJAR_POSTGRES_BIN", str(tmp_path))
    result = run("def test_one(postgres): pass", *workers)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"BELLJAR_POSTGRES_BIN is {tmp_path}, but there is no initdb*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_workers_leave_an_existing_server_as_it_was(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ask: Callable[[str, str], object]
) -> None:
    query = "SELECT array_agg(datname::text ORDER BY 1) FROM pg_database"
    code = """
@pytest.mark.parametrize("number", range(6))
def test_round(postgres, number):
    url = postgres.create_database("orders" + str(number))
    note(one(url, "SELECT current_database()"))
    if number == 5:
        os._exit(1)
    """
    with PostgresServer(tcp=True) as theirs:
        before = ask(theirs.url, query)
        monkeypatch.setenv("BELLJAR_POSTGRES_URL", theirs.url)
        run(code, *TWO_WORKERS).assert_outcomes(passed=5, failed=1)
        assert ask(theirs.url, query) == before
    prefixes = {"_".join(name.split("_")[:2]) for (name,) in notes(tmp_path)}
    assert len(prefixes) == 1, "one run, one prefix"


def test_taken_connections_are_told_with_who_has_them(run: Run) -> None:
    result = run(
        """
def test_hungry(postgres):
    url = postgres.create_database("orders")
    kept = []
    while True:
        kept.append(psycopg.connect(url, application_name="greedy"))
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*all connections are taken*", "*connections, of 200:*"])
    result.stdout.fnmatch_lines(["*to orders (greedy)"])


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
@pytest.mark.parametrize("workers", [1, 8])
def test_an_idle_server_takes_little_memory(workers: int) -> None:
    with PostgresServer(settings=settings_for(workers)) as server:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        total = 0
        for pid in (server.pid, *children):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(text.partition("\nPss:")[2].split()[0])
    assert total < 60 * 1024, f"{total} KB"


def test_a_server_is_started_once_however_many_ask(tmp_path: Path) -> None:
    servers = OwnServers(lambda name: tmp_path / f"{name}.log")
    try:
        with ThreadPoolExecutor(8) as pool:
            given = list(pool.map(lambda _: servers.postgres(), range(8)))
        assert len(set(map(id, given))) == 1
    finally:
        servers.stop()
