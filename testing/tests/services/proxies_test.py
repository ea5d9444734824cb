"""Services and databases of a graph are told by the addresses of proxies where a test plans faults."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.services.proxies import moved

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

SERVER = str(Path(__file__).parent / "little_server.py")
CONFTEST = f"""
import sys, urllib.request
import pytest
from belljar.services import Service

def serve(name, **more):
    return Service(name, [sys.executable, {SERVER!r}], args=["--fd", "{{fd}}"], **more)

@pytest.fixture(scope="session")
def service_graph():
    return [
        serve(
            "orders",
            deps=["search", "payments"],
            env={{"SEARCH": "{{url:search}}", "PAYMENTS": "{{url:payments}}", "KEY": "{{export:search.key}}"}},
        ),
        serve("search", exports={{"key": "{{address}}/key"}}),
        serve("payments", ready={{"http": "/_belljar/ready"}}),
    ]

@pytest.fixture
def told(services):
    def env(name):
        url = services["orders"].url + "/env/" + name
        return urllib.request.urlopen(url, timeout=5).read().decode()
    return env
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest with both plugins on a module of the given code, in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BELLJAR_SERVICES", "TEST_TARGET"):
        monkeypatch.delenv(name, raising=False)

    def run_pytest(code: str, *options: str) -> pytest.RunResult:
        pytester.makeini("[pytest]\n")
        pytester.makeconftest(CONFTEST)
        pytester.makepyfile(code)
        plugins = ["-p", "belljar.faults.plugin", "-p", "belljar.services.plugin"]
        return pytester.runpytest_subprocess(*plugins, "-p", "no:cacheprovider", *options)

    return run_pytest


def test_where_no_test_plans_faults_nothing_is_in_between(run: Run) -> None:
    run(
        """
        def test_one(services, told):
            assert told("SEARCH") == services["search"].url
        """
    ).assert_outcomes(passed=1)


def test_where_a_test_does_services_are_told_proxies_and_mocks_are_asked_directly(run: Run) -> None:
    run(
        """
        def test_one(services, told, faults):
            assert told("SEARCH") != services["search"].url
            assert told("PAYMENTS") == services["payments"].url
            assert "search" in faults.boundaries
            assert "payments" not in faults.boundaries

        def test_what_a_service_exports_goes_the_same_way(services, told):
            assert told("KEY") == told("SEARCH").removeprefix("http://") + "/key"
            assert services["search"].exports["key"] == services["search"].address + "/key"
        """
    ).assert_outcomes(passed=2)


def test_a_failed_test_saves_what_happened_at_a_proxy_and_replays_it(
    run: Run, pytester: pytest.Pytester
) -> None:
    code = """
        import urllib.request

        def test_one(services, told, faults):
            faults.on("search").reset(probability=0.5)
            answers = []
            for _ in range(12):
                try:
                    answers.append(urllib.request.urlopen(told("SEARCH"), timeout=5).read())
                except OSError:
                    answers.append("reset")
            print("answers:", answers)
            assert False
        """
    result = run(code, f"--basetemp={pytester.path / 'kept'}", "-rP")
    result.assert_outcomes(failed=1)
    answers = [line for line in result.outlines if line.startswith("answers:")]
    assert "reset" in answers[0]
    plans = (pytester.path / "kept" / "faults").glob("*.json")
    (saved,) = (plan for plan in plans if not plan.name.endswith(".planned.json"))
    assert len(json.loads(saved.read_text())["faults"][0]["when"]["calls"]) > 0
    again = run(code, f"--faults={saved.rename(pytester.path / 'plan.json')}")
    assert answers == [line for line in again.outlines if line.startswith("answers:")]


def test_a_plan_from_outside_is_for_services_too(run: Run) -> None:
    plan = {"version": 1, "faults": [{"on": "search", "kind": "reset", "when": {"times": 1}}]}
    run(
        """
        import urllib.request
        import pytest

        def test_one(told):
            with pytest.raises(OSError):
                urllib.request.urlopen(told("SEARCH"), timeout=5)
            assert urllib.request.urlopen(told("SEARCH"), timeout=5).read() == b"ok"
        """,
        f"--faults={json.dumps(plan)}",
    ).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("url", "address", "expected"),
    [
        (
            "postgresql://postgres@/orders?host=/run/pg",
            "/tmp/p/0/.s.PGSQL.5432",
            "postgresql://postgres@/orders?host=/tmp/p/0",
        ),
        (
            "postgresql://ada:p%40ss@db:5433/orders?application_name=x",
            "127.0.0.1:4711",
            "postgresql://ada:p%40ss@127.0.0.1:4711/orders?application_name=x",
        ),
        (
            "postgresql://postgres@/orders?host=/run/pg&port=5999",
            "/tmp/p/0/.s.PGSQL.5999",
            "postgresql://postgres@/orders?host=/tmp/p/0&port=5999",
        ),
        ("unix:///run/valkey/s?db=0", "/tmp/p/1/s", "unix:///tmp/p/1/s?db=0"),
        ("valkey://:secret@localhost/3", "127.0.0.1:4711", "valkey://:secret@127.0.0.1:4711/3"),
    ],
)
def test_a_url_is_the_same_at_another_address(url: str, address: str, expected: str) -> None:
    assert moved(url, address) == expected
