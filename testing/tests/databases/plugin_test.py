"""The fixtures `postgres` and `valkey`, as a test suite sees them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.databases import PostgresServer

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest with the plugin on a module of the given code, in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run_pytest(code: str, *options: str) -> pytest.RunResult:
        pytester.makeini("[pytest]\n")  # or one of a folder above would be taken
        pytester.makepyfile(code)
        plugin = ["-p", "belljar.databases.plugin"]
        return pytester.runpytest_subprocess(*plugin, "-p", "no:cacheprovider", *options)

    return run_pytest


ROUND_TRIP = """
    import psycopg

    def test_one(postgres):
        with psycopg.connect(postgres.create_database()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)

    def test_two(postgres, valkey):
        with psycopg.connect(postgres.url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        valkey.flush()
"""


def test_fixtures_give_servers_that_work(run: Run) -> None:
    run(ROUND_TRIP).assert_outcomes(passed=2)


def test_workers_share_the_postgresql_and_each_has_its_own_valkey(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_UNDECLARED_OUTPUTS_DIR", str(tmp_path))
    run(ROUND_TRIP, "-p", "xdist", "-n", "2", "--dist", "each").assert_outcomes(passed=4)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"postgres.log", "valkey-gw0.log", "valkey-gw1.log"}


def test_logs_are_kept_with_the_result(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_UNDECLARED_OUTPUTS_DIR", str(tmp_path))
    run(ROUND_TRIP).assert_outcomes(passed=2)
    assert "ready to accept connections" in (tmp_path / "postgres.log").read_text()
    assert "Ready to accept connections" in (tmp_path / "valkey.log").read_text()


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "1")])
def test_a_failure_has_the_last_lines_of_a_server_that_died(
    run: Run, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    xml = tmp_path / "result.xml"
    result = run(
        """
        import os, signal, psycopg

        def test_shot(postgres):
            with psycopg.connect(postgres.url) as connection:
                os.kill(postgres.pid, signal.SIGKILL)
                connection.execute("SELECT pg_sleep(10)")
        """,
        *workers,
        f"--junitxml={xml}",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*a server died*",
            "the PostgreSQL server died: SIGKILL (signal 9)",
            "*last log lines*postgres*.log*",
            "*| *database system is ready to accept connections",
        ]
    )
    assert "the PostgreSQL server died" in xml.read_text()


def test_other_failures_say_nothing_of_servers(run: Run) -> None:
    result = run("def test_wrong(postgres): assert postgres.url == 'x'")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*a server died*")


def test_a_server_that_does_not_start_is_told_without_a_trace(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BELLJAR_POSTGRES_BIN", str(tmp_path))
    result = run(ROUND_TRIP, "-k", "test_one")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"BELLJAR_POSTGRES_BIN is {tmp_path}, but there is no initdb*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*plugin.py*")


def test_an_existing_server_is_used_and_left_as_it_was(
    run: Run,
    server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[str, str], object],
) -> None:
    count = "SELECT count(*) FROM pg_database"
    before = ask(server.url, count)
    monkeypatch.setenv("BELLJAR_POSTGRES_URL", server.url)
    run(ROUND_TRIP).assert_outcomes(passed=2)
    assert ask(server.url, count) == before


def test_an_unusable_url_is_told_in_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLJAR_POSTGRES_URL", "mysql://root:secret@h/d")
    result = run(ROUND_TRIP, "-k", "test_one")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["BELLJAR_POSTGRES_URL must look like postgresql://*"])
    result.stdout.no_fnmatch_line("*secret*")
