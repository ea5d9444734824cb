"""States that are prepared once and there for each test, as a test suite sees them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

# A database for each module, as an adopting suite could write it.
CONFTEST = """
    from pathlib import Path
    import psycopg, pytest
    from belljar.databases import Snapshots, export, import_, replace_database

    class Database:
        def __init__(self, server):
            self.server = server
            self.url = server.create_database()
            self.snapshots = Snapshots(server, self.url)
            self.snapshot = self.snapshots.take
            self.restore = self.snapshots.restore

        def do(self, statement):
            with psycopg.connect(self.url) as connection:
                return connection.execute(statement)

        def rows(self):
            with psycopg.connect(self.url) as connection:
                return [row[0] for row in connection.execute("SELECT x FROM t ORDER BY 1")]

        def export(self, path):
            export(self.url, path)

        def import_(self, path):
            replace_database(self.server, self.url, import_(self.server, path))

    @pytest.fixture(scope="session")
    def server():
        from belljar.databases import PostgresServer
        with PostgresServer() as server:
            yield server

    @pytest.fixture(scope="module")
    def module_database(server):
        database = Database(server)
        database.do("CREATE TABLE t (x int)")
        yield database
        database.snapshots.close()

    @pytest.fixture(scope="class")
    def class_database(server):
        database = Database(server)
        database.do("CREATE TABLE t (x int)")
        return database
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest on modules of the given code, in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run_pytest(**modules: str) -> pytest.RunResult:
        pytester.makeini("[pytest]\naddopts = --strict-markers\n")
        pytester.makeconftest(CONFTEST)
        pytester.makepyfile(**modules)
        plugin = ("-p", "belljar.databases.restoring", "-p", "no:cacheprovider")
        return pytester.runpytest_subprocess(*plugin, "-v")

    return run_pytest


PREPARED = """
    import pytest
    from belljar.databases import snapshot_fixture

    @pytest.fixture
    def number():
        return 7

    def prepare(database, number):
        '''One row.'''
        print("PREPARED", flush=True)
        database.do(f"INSERT INTO t VALUES ({number})")

    state = snapshot_fixture(prepare)

    @pytest.mark.parametrize("x", [1, 2, 3])
    def test_each_finds_it(state, x):
        assert state.rows() == [7]
        state.do("INSERT INTO t VALUES (8)")
        assert state.rows() == [7, 8]

    def test_without(module_database):
        assert module_database.rows() == [7, 8]
"""


def test_a_state_is_prepared_once_a_module_and_there_for_each_test(run: Run) -> None:
    result = run(test_one=PREPARED, test_two=PREPARED)
    result.assert_outcomes(passed=8)


def test_the_preparation_runs_once(run: Run) -> None:
    result = run(test_one=PREPARED.replace("assert state.rows() == [7, 8]", "assert False"))
    result.assert_outcomes(failed=3, passed=1)
    assert result.stdout.str().count("PREPARED\n") == 1


def test_a_preparation_that_fails_is_not_tried_again_on_what_it_left(run: Run) -> None:
    code = PREPARED.replace('"INSERT INTO t VALUES ({number})"', '"nonsense {number}"')
    result = run(test_one=code)
    result.assert_outcomes(errors=3, failed=1)
    result.stdout.fnmatch_lines(["*SyntaxError*nonsense*"])
    again = "the preparation 'prepare' has failed before, in test_one.py::test_each_finds_it[[]1]"
    result.stdout.fnmatch_lines([again])


def test_another_scope_takes_another_database(run: Run) -> None:
    code = """
        from belljar.databases import snapshot_fixture

        state = snapshot_fixture(lambda database: database.do("INSERT INTO t VALUES (1)"), "class")

        class TestA:
            def test_a(self, state):
                state.do("DELETE FROM t")

            def test_b(self, state, class_database):
                assert state is class_database
                assert state.rows() == [1]

        class TestB(TestA):
            pass
    """
    run(test_one=code).assert_outcomes(passed=4)


def test_a_snapshot_comes_back_before_the_fixtures_of_each_test(run: Run) -> None:
    code = """
        import pytest
        from belljar.databases import restore_before

        pytestmark = restore_before("checkout-done")

        @pytest.fixture(scope="module", autouse=True)
        def checkout(module_database):
            module_database.do("INSERT INTO t VALUES (1)")
            module_database.snapshot("checkout-done")
            module_database.do("INSERT INTO t VALUES (2)")
            module_database.snapshot("payment-done")

        @pytest.fixture(autouse=True)
        def ours(module_database):
            module_database.do("INSERT INTO t VALUES (9)")

        class TestIt:
            @restore_before("payment-done")
            def test_the_nearest_mark_counts(self, module_database):
                assert module_database.rows() == [1, 2, 9]

            def test_one(self, module_database):
                assert module_database.rows() == [1, 9]

            async def helper(self):
                pass

        @pytest.mark.parametrize("x", "ab")
        def test_two(module_database, x):
            assert module_database.rows() == [1, 9]
    """
    run(test_one=code).assert_outcomes(passed=4)


def test_a_snapshot_that_is_not_there_is_said_without_a_trace(run: Run) -> None:
    code = """
        from belljar.databases import restore_before

        @restore_before("checkout-done")
        def test_one(module_database):
            pass
    """
    result = run(test_one=code)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["database * has no snapshot 'checkout-done' (it has: none)"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_state_goes_to_a_file_and_back(run: Run) -> None:
    code = """
        from belljar.databases.restoring import Restorable

        def test_one(module_database, tmp_path):
            database: Restorable = module_database
            url = module_database.url
            module_database.do("INSERT INTO t VALUES (1)")
            database.export(tmp_path / "one.dump")
            module_database.do("INSERT INTO t VALUES (2)")
            database.import_(tmp_path / "one.dump")
            assert module_database.url == url
            assert module_database.rows() == [1]
    """
    run(test_one=code).assert_outcomes(passed=1)
