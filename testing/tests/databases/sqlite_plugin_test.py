"""The fixtures `sqlite_database` and `sqlite_file`, as a test suite sees them."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest with the plugin on a module of the given code, in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("BELLJAR_DATABASES", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
        monkeypatch.delenv(name, raising=False)

    def run_pytest(code: str, *options: str) -> pytest.RunResult:
        pytester.makeini("[pytest]\n")
        pytester.makepyfile(code)
        plugin = ["-p", "belljar.databases.sqlite_plugin", "-p", "no:cacheprovider"]
        return pytester.runpytest_subprocess(*plugin, *options)

    return run_pytest


@pytest.mark.parametrize("fixture", ["sqlite_database", "sqlite_file"])
def test_each_test_has_the_state_of_the_template_to_itself(run: Run, fixture: str) -> None:
    run(
        f"""
        import pytest, sqlalchemy
        from contextlib import closing

        @pytest.fixture(scope="session")
        def sqlite_template():
            def migrate(url):
                engine = sqlalchemy.create_engine(url)
                with engine.begin() as connection:
                    connection.exec_driver_sql("create table t (n int)")
                    connection.exec_driver_sql("insert into t values (1)")
                engine.dispose()
            return migrate

        @pytest.mark.parametrize("number", [2, 3])
        def test_it({fixture}, number):
            connection = {fixture}.connect()
            connection.execute("insert into t values (?)", (number,))
            connection.commit()
            with {fixture}.engine.begin() as other:
                rows = other.exec_driver_sql("select n from t").scalars().all()
            assert rows == [1, number]
        """
    ).assert_outcomes(passed=2)


def test_without_a_template_the_database_is_empty(run: Run) -> None:
    run(
        """
        def test_it(sqlite_database):
            query = "select count(*) from sqlite_schema"
            assert sqlite_database.connect().execute(query).fetchone() == (0,)
        """
    ).assert_outcomes(passed=1)


def test_a_declared_template_is_taken(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite3.connect(tmp_path / "db.sqlite3") as connection:
        connection.execute("create table declared (n int)")
    connection.close()
    files = {"file": "db.sqlite3", "dump": "db.sql", "tables": "db.tables.json"}
    paths = {key: str(tmp_path / name) for key, name in files.items()}
    declared = tmp_path / "databases.json"
    declared.write_text(json.dumps({"default": {"kind": "sqlite", **paths}}))
    monkeypatch.setenv("BELLJAR_DATABASES", str(declared))
    run(
        """
        def test_it(sqlite_database):
            sqlite_database.connect().execute("select * from declared")
        """
    ).assert_outcomes(passed=1)


def test_another_process_can_open_the_file(run: Run) -> None:
    run(
        """
        import subprocess, sys
        from contextlib import closing

        def test_it(sqlite_file):
            connection = sqlite_file.connect()
            connection.execute("create table t (n int)")
            code = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('select * from t')"
            path = sqlite_file.url.removeprefix("sqlite:///")
            subprocess.run([sys.executable, "-c", code, path], check=True)
        """
    ).assert_outcomes(passed=1)


def test_a_path_that_is_wrong_is_told_without_a_trace(run: Run, tmp_path: Path) -> None:
    result = run(
        f"""
        import pytest
        from pathlib import Path

        @pytest.fixture(scope="session")
        def sqlite_template():
            return Path({str(tmp_path / "nowhere.sqlite3")!r})

        def test_it(sqlite_database):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["there is no SQLite file *nowhere.sqlite3; build it, or *"])
    result.stdout.no_fnmatch_line("*sqlite_plugin.py*")
