"""A mock service of the graph ends at a call, as planned, and its dependents' tests go on."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable

import pytest

from belljar.faults import Faults, ImpossibleFault, RemoteBoundary

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

CONFTEST = """
import socket, sys, urllib.error, urllib.request
import pytest
from belljar.services import Service

@pytest.fixture(scope="session")
def service_graph():
    python = [sys.executable, "-m"]
    return [
        Service("payments", [*python, "belljar.mocks.payments"], args=["--fd", "{fd}"],
                ready={"http": "/_belljar/ready"}, exports={"api_key": "sk_test_default"}),
        Service("email", [*python, "belljar.mocks.email"],
                args=["--fd={fd:.main}", "--smtp-fd={fd:.smtp}", "--smtps-fd={fd:.smtps}"],
                ports={"main": "http", "smtp": "smtp", "smtps": "smtps"},
                ready={"http": "/_belljar/ready"},
                exports={"user": "default", "password": "any"}),
    ]

@pytest.fixture
def ask(payments):
    def answer():
        request = urllib.request.Request(
            payments.url + "/v1/charges", headers={"Authorization": "Bearer " + payments.api_key}
        )
        try:
            return urllib.request.urlopen(request, timeout=20).status
        except OSError as error:
            reason = getattr(error, "reason", error)
            return "refused" if isinstance(reason, ConnectionRefusedError) else "broken"
    return answer
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run pytest with the plugins on a module of the given code, in a process of its own."""
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
        names = ("faults", "mocks", "mocks.email", "services")
        plugins = [word for name in names for word in ("-p", f"belljar.{name}.plugin")]
        return pytester.runpytest_subprocess(*plugins, "-p", "no:cacheprovider", *options)

    return run_pytest


def test_a_mock_is_killed_at_the_call_and_runs_again_for_the_next_test(run: Run) -> None:
    run(
        """
        pids = []

        def test_killed(services, payments, faults, ask):
            pids.append(services["payments"].pid)
            faults.on("payments", path="/v1/charges").kill(calls=[2])
            assert [ask(), ask(), ask()] == [200, "broken", "refused"]
            while services["payments"].runs:
                pass

        def test_next(services, payments, faults, ask):
            assert ask() == 200
            assert services["payments"].pid not in pids
        """
    ).assert_outcomes(passed=2)


def test_a_mock_comes_back_at_its_address_when_it_is_to_be_restarted(run: Run) -> None:
    run(
        """
        def test_restarted(services, payments, faults, ask):
            url = services["payments"].url
            faults.on("payments").restart(after=0.2, calls=[1])
            assert ask() == "broken"
            answers = {ask()}
            while 200 not in answers:
                answers.add(ask())
            assert answers == {"refused", 200}
            assert services["payments"].url == url
            assert faults.record().rules[0].when.calls == (1,)
        """
    ).assert_outcomes(passed=1)


def test_a_mail_server_is_killed_at_its_command(run: Run) -> None:
    run(
        """
        import smtplib
        import pytest

        def test_killed(services, inbox, faults):
            faults.on("email", command="DATA").kill()
            host, port = services["email"].ports["smtp"].address.split(":")
            with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
                with smtplib.SMTP(host, int(port), timeout=20) as client:
                    client.login("default", "any")
                    client.sendmail("a@example.com", ["b@example.com"], "hello")
            while services["email"].runs:  # it has left, and is about to be gone
                pass
        """
    ).assert_outcomes(passed=1)


def test_the_record_of_what_was_killed_kills_it_again(run: Run, pytester: pytest.Pytester) -> None:
    code = """
        def test_killed(services, payments, faults, ask):
            faults.on("payments").kill(calls=[2])
            assert [ask(), ask()] == [200, 200]
        """
    run(code, f"--basetemp={pytester.path / 'kept'}").assert_outcomes(failed=1)
    plans = (pytester.path / "kept" / "faults").glob("*.json")
    (saved,) = (plan for plan in plans if not plan.name.endswith(".planned.json"))
    assert json.loads(saved.read_text())["faults"][0]["when"] == {"calls": [2]}


def test_a_plan_that_did_not_kill_leaves_a_later_death_a_death(run: Run) -> None:
    result = run(
        """
        import os, signal

        def test_planned(services, payments, faults, ask):
            faults.on("payments").kill(calls=[100])
            assert ask() == 200

        def test_dies(services):
            os.kill(services["payments"].pid, signal.SIGKILL)
            while services["payments"].runs:
                pass
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*payments died: *"])


def test_what_runs_in_the_tests_own_process_is_not_killed(faults: Faults) -> None:
    faults.register(RemoteBoundary("payments", "http", "http://127.0.0.1:1", "one"))
    with pytest.raises(ImpossibleFault, match=r"name it in the test's services, or plan reset\(\)"):
        faults.on("payments").kill()
