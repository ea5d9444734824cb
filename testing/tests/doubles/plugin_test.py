"""The plugin from outside: a test fails for what its doubles have seen, and is told where."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]


def lines(result: pytest.RunResult) -> str:
    return "\n".join(result.outlines)


def test_a_test_fails_for_a_call_that_the_code_has_hidden(run: Run) -> None:
    result = run(
        """
        import subprocess

        def deploy():
            try:
                subprocess.run(["kubectl", "apply"])
            except BaseException:
                pass

        def test_deploy(programs):
            programs.expect("kubectl get").any_number()
            deploy()

        def test_other():
            pass
        """
    )
    result.assert_outcomes(failed=1, passed=1)
    text = lines(result)
    assert "programs: kubectl apply was not expected" in text
    assert "test:  shop_test.py::test_deploy" in text
    assert "line:  shop_test.py:5" in text
    assert "valid: kubectl get" in text
    assert "Traceback" not in text


def test_what_was_hidden_is_beside_the_failure_that_came_of_it(run: Run) -> None:
    result = run(
        """
        import urllib.request

        def price():
            try:
                return urllib.request.urlopen("http://prices.test/tea").read()
            except Exception:
                return None

        def test_price(http):
            assert price() == b"3"
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*assert None == b'3'*", "*- doubles -*", "http: GET http://prices*"]
    )


def test_a_failure_shows_the_test_s_lines_and_none_of_ours(run: Run) -> None:
    result = run(
        """
        class Cache:
            def get(self, key: str) -> str: ...

        def test_cache(double):
            cache = double(Cache)
            cache.get()
        """
    )
    result.assert_outcomes(failed=1)
    text = lines(result)
    assert "shop_test.py:6: Refused" in text
    assert "belljar/doubles/method.py" not in text


def test_an_expectation_that_is_not_met_is_a_failure_and_not_an_error(run: Run) -> None:
    result = run(
        """
        import pytest

        class Cache:
            def put(self, key: str) -> None: ...

        def test_cache(double):
            double.expect(double(Cache).put)

        @pytest.mark.xfail(strict=True)
        def test_known(double):
            double.expect(double(Cache).put)

        def test_skipped(double):
            double.expect(double(Cache).put)
            pytest.skip("not here")
        """
    )
    result.assert_outcomes(failed=1, xfailed=1, skipped=1)
    assert "Cache.put(...) was expected once, and came 0 times" in lines(result)


def test_what_a_fixture_does_at_its_end_counts(run: Run) -> None:
    result = run(
        """
        import subprocess, pytest

        @pytest.fixture
        def worker(programs):
            yield
            try:
                subprocess.run(["kill", "1"])
            except AssertionError:
                pass

        def test_worker(worker):
            pass
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    assert "programs: kill 1 was not expected" in lines(result)


def test_programs_read_and_write_beside_the_files_in_memory(run: Run) -> None:
    result = run(
        """
        import subprocess

        def test_one(filesystem, programs):
            programs.expect("psql").reads_input().returns(stdout="ok")
            assert subprocess.run(["psql"], input=b"select 1", capture_output=True).stdout == b"ok"
            assert programs.runs[0].input == b"select 1"
            assert filesystem.files() == []
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("fixture", "module"), [("clock", "time_machine"), ("filesystem", "pyfakefs"), ("http", "h11")]
)
def test_a_library_that_is_not_there_is_named(run: Run, fixture: str, module: str) -> None:
    result = run(
        f"""
        import sys
        sys.modules["{module}"] = None

        def test_one({fixture}):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    text = lines(result)
    assert f"{module.replace('_', '-')} is not installed" in text
    assert "to the test's deps" in text
    assert "plugin.py" not in text


def test_a_team_s_own_fixture_of_the_same_name_wins(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.fixture
        def clock():
            return "ours"

        def test_clock(clock):
            assert clock == "ours"
        """
    )
    result.assert_outcomes(passed=1)


def test_all_fixtures_work_in_one_test_and_leave_nothing_behind(run: Run) -> None:
    result = run(
        textwrap.dedent(
            """
            import os, random, socket, subprocess, sqlite3, time, http.client

            def state():
                return (
                    os.environ.copy(), random.getstate(), socket.getaddrinfo, time.sleep,
                    subprocess.Popen.__init__, http.client.HTTPConnection.connect, open, os.urandom,
                    sqlite3.connect, os.system,
                )

            BEFORE = []

            def test_before():
                os.environ.pop("PYTEST_CURRENT_TEST")
                BEFORE.append(state())

            def test_all(
                broker, clock, double, environment, filesystem, http, names, programs, randomness, statements
            ):
                pass

            def test_after():
                os.environ.pop("PYTEST_CURRENT_TEST")
                assert BEFORE == [state()]
            """
        ),
    )
    result.assert_outcomes(passed=3)
