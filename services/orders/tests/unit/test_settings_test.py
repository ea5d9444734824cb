"""What the tests of orders are told keeps its secrets, knows production, and leaves time enough in each profile."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from belljar.config import BadSettings, load
from belljar.data.data import Data
from belljar.data.ledger import LedgerRefused
from services.orders.tests.settings import OrdersTestSettings

pytest_plugins = ["pytester"]

PROFILES = ("local", "ci", "staging")
# What `:orders` is told: ORDERS_REQUEST_TIMEOUT, and half a second for the rest.
ONE_REQUEST = 3.5
KEY, URL = "TEST__ORDERS__PAYMENTS__API_KEY", "TEST__ORDERS__PAYMENTS__URL"
# What the profile `staging` wants from outside.
OUTSIDE = {"STAGING_DATABASE_URL": "postgresql://tests@staging-1.example.com/postgres"}

Told = Callable[..., OrdersTestSettings]


@pytest.fixture
def told(pytestconfig: pytest.Config) -> Told:
    """A function that gives the settings of a profile, with these variables and none of the machine's."""

    def told(profile: str, environ: Mapping[str, str] = OUTSIDE) -> OrdersTestSettings:
        return load(
            OrdersTestSettings, root=pytestconfig.rootpath, profile=profile, environ=environ
        )

    return told


@pytest.mark.parametrize("profile", PROFILES)
def test_tests_wait_longer_than_the_service_takes(told: Told, profile: str) -> None:
    """Else what fails is the test's patience, and nobody learns what the service would have said."""
    waiting = told(profile).orders.waiting
    assert waiting.one_request > ONE_REQUEST
    assert waiting.all_attempts >= 2 * waiting.one_request


def test_what_nobody_waits_for_is_tried_more_often_and_what_others_use_less(told: Told) -> None:
    """CI has time, and a shared server has other users."""
    local, ci, staging = (told(profile).orders for profile in PROFILES)
    assert staging.examples < local.examples < ci.examples
    assert staging.load.users < ci.load.users
    assert local.waiting.seconds < ci.waiting.seconds < staging.waiting.seconds


@pytest.mark.parametrize("profile", PROFILES)
def test_smoke_tests_put_no_rows_into_production(told: Told, data: Data, profile: str) -> None:
    """Whoever gives them its address by mistake is stopped before a connection is made."""
    allow = told(profile).orders.deployed.allow
    for place in ("db.example.com/orders", "staging-1.example.com/payroll"):
        with pytest.raises(LedgerRefused, match="was not allowed"):
            data.ledger(f"postgresql://tests@{place}", allow=allow)


def test_a_key_is_given_with_its_place_and_is_that_of_a_test_account(told: Told) -> None:
    """No card is charged by mistake, and no key goes where it does not belong; neither is shown."""
    live = {URL: "https://payments.example.com", KEY: "sk_live_9wPr4Lq7Zx"}
    alone = {KEY: "sk_test_9wPr4Lq7Zx"}
    for environ, reason in ((live, "key of a test account"), (alone, "go together")):
        with pytest.raises(BadSettings, match=reason) as caught:
            told("local", environ)
        assert "9wPr4Lq7Zx" not in str(caught.value)


def test_the_key_is_nowhere_in_what_a_failed_run_leaves(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In no traceback, output, log or report, whatever a test does with it."""
    key = "sk_test_Xk42LrPq8Vn6"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    for name in ("TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_XDIST_WORKER", "BELLJAR_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(KEY, key)
    monkeypatch.setenv(URL, "https://payments.example.com")
    pytester.makeini("[pytest]\n")
    pytester.makeconftest("""
        from belljar.config.plugin import settings_fixture
        from services.orders.tests.settings import OrdersTestSettings
        test_settings = settings_fixture(OrdersTestSettings)
    """)
    pytester.makepyfile("""
        import logging

        def test_it(test_settings):
            key = test_settings.orders.payments.api_key.get_secret_value()
            print("Authorization: Bearer", key)
            logging.error("the payment service refused %s", key)
            assert {"key": key, "all": test_settings} == {}
    """)
    result = pytester.runpytest_subprocess(
        *(
            "-p",
            "belljar.config.plugin",
            "-p",
            "belljar.redaction.plugin",
            "-p",
            "no:cacheprovider",
        ),
        *("--showlocals", "--junitxml=report.xml", "--log-file=all.log"),
    )
    result.assert_outcomes(failed=1)
    left = [result.stdout.str(), result.stderr.str()]
    left += [Path(name).read_text(encoding="utf-8") for name in ("report.xml", "all.log")]
    assert [key in text for text in left] == [False] * 4
    assert "[secret orders.payments.api_key]" in left[0]
