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


def test_a_refused_call_shows_no_frame_of_a_library(run: Run) -> None:
    result = run(
        """
        import urllib.request
        from unittest import mock

        class Cache:
            def get(self, key: str) -> str: ...

        def load():
            return urllib.request.urlopen("http://prices.test/tea")

        def test_http(http):
            load()

        def test_class(double):
            double(Cache).get("x")
        """
    )
    result.assert_outcomes(failed=2)
    text = lines(result)
    assert "shop_test.py:8" in text  # the code under test
    assert "http/client.py" not in text
    assert "unittest/mock.py" not in text
    assert "urllib/request.py" not in text


def test_a_count_that_is_none_is_told_where_it_is_said(run: Run) -> None:
    result = run(
        """
        def test_count(http):
            http.get("https://prices.test/").times(None)
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*.times(None): that is no count", "*line:  shop_test.py:2"])
    assert "doubles/plugin.py" not in lines(result)


def test_the_temporary_folder_and_http_work_beside_the_files_in_memory(run: Run) -> None:
    result = run(
        """
        import os, sys, urllib.request
        import pytest
        from pathlib import Path

        @pytest.fixture
        def seed(tmp_path):
            (tmp_path / "seed.txt").write_text("seed")

        def test_one(filesystem, http, seed, tmp_path):
            http.get("https://prices.test/").responds(text="3")
            (tmp_path / "price").write_bytes(urllib.request.urlopen("https://prices.test/").read())
            assert (tmp_path / "price").read_text() == "3"
            assert not [path for path in filesystem.files() if path.endswith((".pem", ".crt"))]
        """
    )
    result.assert_outcomes(passed=1)


def test_fixtures_are_for_test_cases_of_unittest_too(run: Run) -> None:
    result = run(
        """
        import unittest
        import pytest

        class Users:
            def get(self, number: int) -> str: ...

        class ShopTest(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _doubles(self, double):
                self.users = double(Users, get="Ada")
                double.expect(self.users.get).called_with(1)

            def test_one(self):
                assert self.users.get(1) == "Ada"

            def test_none(self):
                pass
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    assert "Users.get(number=1) was expected once, and came 0 times" in lines(result)
