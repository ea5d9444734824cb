"""The fixture `payments`: a fresh account for each test, and a failure for what the mock does not have."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

HEAD = """
import pytest, stripe

@pytest.fixture
def client(payments):
    return stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]  # a function of its own
    monkeypatch.delenv("BELLJAR_SERVICES", raising=False)
    pytester.makeini("[pytest]\naddopts =")

    def go(code: str) -> pytest.RunResult:
        pytester.makepyfile(HEAD + code)
        return pytester.runpytest_subprocess(
            "-p", "belljar.services.plugin", "-p", "belljar.mocks.plugin", "-p", "no:xdist"
        )

    return go


def test_each_test_has_an_account_of_its_own_on_one_server(run) -> None:  # type: ignore[no-untyped-def]
    result = run(
        """
urls = set()

@pytest.mark.parametrize("n", range(3))
def test_alone(client, payments, n):
    assert client.v1.customers.list().data == []
    client.v1.customers.create()
    assert len(payments.journal()) == 2
    urls.add(payments.url)
    assert len(urls) == 1
"""
    )
    result.assert_outcomes(passed=3)


def test_a_call_that_the_mock_does_not_have_fails_the_test_even_if_it_was_swallowed(run) -> None:  # type: ignore[no-untyped-def]
    result = run(
        """
def test_swallowed(client):
    try:
        client.v1.products.list()
    except stripe.StripeError:
        pass

def test_meant(client, payments):
    payments.accept_unmatched()
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.products.list()

def test_other(client):
    client.v1.customers.list()

def test_failed_anyway(client):
    client.v1.products.list()
"""
    )
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*GET /v1/products is nothing that the payments mock knows; nearest: GET /v1/*",
            "*fix: mend the request, or call accept_unmatched()*",
            "*unmatched requests*",
        ]
    )


def test_a_declared_service_is_what_the_fixture_speaks_to(run) -> None:  # type: ignore[no-untyped-def]
    """The account is that of the key which the service exports to its dependents, empty each time."""
    result = run(
        """
import os, sys
from belljar.services import Service

@pytest.fixture(scope="session")
def service_graph():
    command = [sys.executable, "-m", "belljar.mocks.payments", "--fd", "{fd}"]
    return [
        Service(
            "payments",
            command,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
            ready={"http": "/_belljar/ready"},
            exports={"api_key": "sk_test_shop"},
        )
    ]

@pytest.mark.parametrize("n", range(2))
def test_it(services, client, payments, n):
    assert payments.url == services["payments"].url
    assert payments.api_key == "sk_test_shop"
    assert client.v1.customers.list().data == []
    client.v1.customers.create()

def test_it_may_be_gone(services, payments):
    assert [one.exit_code for one in services["payments"].stop()] == [0]
"""
    )
    result.assert_outcomes(passed=3)


def test_the_plugin_imports_no_mock_before_it_is_needed(run) -> None:  # type: ignore[no-untyped-def]
    result = run(
        """
import sys

def test_nothing():
    loaded = [name for name in sys.modules if name.startswith("belljar.mocks")]
    assert sorted(loaded) == ["belljar.mocks", "belljar.mocks.plugin"]
"""
    )
    result.assert_outcomes(passed=1)
