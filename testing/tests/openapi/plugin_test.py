"""The fixtures `openapi_mock` and `mocks`, as a test suite sees them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

CONFTEST = """
import sys, urllib.request, urllib.error
import pytest
from belljar.services import Service

CODE = "import sys; sys.path[:0] = {path!r}; from belljar.mocks.openapi.main import main; sys.exit(main())"

@pytest.fixture(scope="session")
def service_graph():
    command = [sys.executable, "-c", CODE, {spec!r}, "--name", "petshop"]
    return [Service("petshop", command, args=["--fd", "{{fd}}"], ready={{"http": "/_belljar/ready"}})]

@pytest.fixture
def get():
    def answer(url, key="k"):
        request = urllib.request.Request(url, headers={{"X-Api-Key": key}} if key else {{}})
        try:
            return urllib.request.urlopen(request, timeout=5).status
        except urllib.error.HTTPError as error:
            return error.code
    return answer
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, documents: Path) -> Run:
    """Run pytest with the plugin on a module of the given code, in a process of its own."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in (
        "TEST_UNDECLARED_OUTPUTS_DIR",
        "PYTEST_XDIST_WORKER",
        "PYTEST_ADDOPTS",
        "BELLJAR_SERVICES",
    ):
        monkeypatch.delenv(name, raising=False)

    def run_pytest(code: str, *options: str) -> pytest.RunResult:
        pytester.makeini("[pytest]\n")  # or one of a folder above would be taken
        spec = pytester.path / "petshop.yaml"
        shutil.copy(documents / "petshop.yaml", spec)
        path = [entry for entry in sys.path if entry]
        pytester.makeconftest(CONFTEST.format(path=path, spec=str(spec)))
        pytester.makepyfile(code)
        plugins = ["belljar.services.plugin", "belljar.mocks.openapi.plugin", "no:cacheprovider"]
        chosen = [word for plugin in plugins for word in ("-p", plugin)]
        return pytester.runpytest_subprocess(*chosen, *options)

    return run_pytest


def test_a_mock_is_as_new_for_each_test(run: Run) -> None:
    result = run(
        """
        def test_one(openapi_mock, get):
            shop = openapi_mock("petshop.yaml")
            shop.expect("GET", "/pets/{petId}").respond(404)
            assert get(shop.url + "/v1/pets/1") == 404

        def test_other(openapi_mock, get):
            shop = openapi_mock("petshop.yaml")
            assert shop.journal() == []
            assert get(shop.url + "/v1/pets/1") == 200
        """
    )
    result.assert_outcomes(passed=2)


def test_the_test_that_sent_it_fails_and_no_other(run: Run) -> None:
    result = run(
        """
        def test_unmatched(openapi_mock, get):
            shop = openapi_mock("petshop.yaml")
            shop.stub("GET", "/pets/3")
            get(shop.url + "/v1/pets/4")

        def test_violation(openapi_mock, get):
            get(openapi_mock("petshop.yaml").url + "/v1/pets", key=None)

        def test_unmet(openapi_mock):
            openapi_mock("petshop.yaml").expect("GET", "/pets")

        def test_dealt_with(openapi_mock, get):
            shop = openapi_mock("petshop.yaml")
            get(shop.url + "/v1/nothing")
            assert len(shop.take_unexpected()) == 1
        """
    )
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "*GET /v1/pets/4 meets no expectation",
            "*nearest expectation: GET /pets/{petId} petId=3",
            "*path petId is '4', and not '3'",
            "*GET /v1/pets/4 -> 404*",
            "*GET /v1/pets violates the document:",
            "*GET /pets was to come at least 1 time, and came never",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_a_failure_of_its_own_stays_to_be_seen(run: Run) -> None:
    result = run(
        """
        def test_it(openapi_mock, get):
            get(openapi_mock("petshop.yaml").url + "/v1/nothing")
            assert 1 == 2
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*", "*the document has no path /v1/nothing*"])


def test_an_expected_failure_does_not_hide_it(run: Run) -> None:
    result = run(
        """
        import pytest

        @pytest.mark.xfail
        def test_it(openapi_mock, get):
            get(openapi_mock("petshop.yaml").url + "/v1/nothing")
            assert 1 == 2
        """
    )
    result.assert_outcomes(failed=1)


def test_the_services_of_a_graph_are_mocks(run: Run) -> None:
    """What other services send comes without a namespace."""
    result = run(
        """
        def test_one(mocks, services, get):
            mocks["petshop"].expect("GET", "/pets/{petId}").respond(404)
            assert get(services["petshop"].url + "/v1/pets/1") == 404

        def test_next(mocks, services, get):
            assert mocks["petshop"].journal() == []
            assert get(services["petshop"].url + "/v1/pets/1") == 200

        def test_unmatched(mocks, services, get):
            mocks["petshop"].only_expected()
            get(services["petshop"].url + "/v1/pets/1")

        def test_no_such_service(mocks):
            mocks["pets"]
        """
    )
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["*only what is expected may come", "*petshop*"])


def test_a_bad_document_is_told_without_a_trace(run: Run) -> None:
    result = run(
        """
        from pathlib import Path

        def test_it(openapi_mock):
            Path(__file__).with_name("bad.yaml").write_text("openapi: 1")
            openapi_mock("bad.yaml")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*bad.yaml has 1 error*", "*write the version in quotes*"])
    assert "BadDocument" not in result.stdout.str()


def test_faults_are_injected_into_its_answers(run: Run) -> None:
    result = run(
        """
        def test_it(openapi_mock, faults, get):
            shop = openapi_mock("petshop.yaml")
            faults.on("petshop", path="/v1/pets").fail(status=503, times=2)
            answers = [get(shop.url + "/v1/pets") for _ in range(3)]
            assert answers == [503, 503, 200]
            assert [entry["status"] for entry in shop.journal()] == answers
        """,
        "-p",
        "belljar.faults.plugin",
    )
    result.assert_outcomes(passed=1)
