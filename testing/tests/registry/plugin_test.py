"""The fixtures in a test's run: the same test in both layers, scenarios by name and by marker, mistakes told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

HEAD = """
import httpx, pytest, stripe

PAYING = {"amount": 700, "currency": "eur", "payment_method": "pm_card_visa", "confirm": True,
          "allowed_payment_method_types": ["card"]}

def pay(payments):
    client = stripe.StripeClient(
        payments.api_key, base_addresses={"api": payments.url}, max_network_retries=0
    )
    return client.v1.payment_intents.create(PAYING).status
"""
RATES = """
from belljar.mocks import Mock
from belljar.mocks.http import Response
from belljar.mocks.registry import Entry, Scenario, register

class Rates(Mock):
    name = "rates"
    boundaries = {"rates": "http"}
    routes = ("rates",)

    def new(self, namespace):
        return {"usd": 1.08}

    def namespace_of(self, request):
        return request.headers.get("x-team", "default")

    def answer(self, space, request):
        return Response.of_json(space.state)

    def control(self, space, request, route):
        space.state.update(request.json())
        return Response.of_json({})

register(Entry("rates", mock=Rates, scenarios={
    "dear": Scenario("all is dear", state=lambda rates: rates.call("PUT", "rates", {"usd": 9})),
}))
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("BELLJAR_SERVICES", "BELLJAR_LAYER", "BELLJAR_TARGET"):
        monkeypatch.delenv(name, raising=False)
    pytester.makeini("[pytest]\naddopts =\nbelljar_strict_layers = true\n")
    pytester.makeconftest(RATES)

    def go(code: str, layer: str = "unit", *options: str) -> pytest.RunResult:
        path = pytester.mkdir(layer) if not (pytester.path / layer).exists() else None
        assert path or (pytester.path / layer).exists()
        (pytester.path / layer / "it_test.py").write_text(HEAD + code)
        return pytester.runpytest_subprocess("-p", "belljar.plugin", "-p", "no:xdist", *options)

    return go


SAME = """
import smtplib

def test_it(payments, storage, inbox, mocked, request):
    assert pay(payments) == "succeeded"
    storage.client().put_object(Bucket=storage.bucket("shop"), Key="a", Body=b"1")
    with smtplib.SMTP(inbox.host, inbox.port, local_hostname="x") as client:
        client.login(inbox.user, inbox.password)
        client.sendmail("a@b.test", ["c@d.test"], b"Subject: hi\\r\\n\\r\\nhello")
    rates = mocked("rates")
    assert httpx.get(rates.url, headers={"X-Team": rates.namespace}).json() == {"usd": 1.08}
    assert mocked("rates") is rates
    assert mocked("payments") is payments
    assert payments.effects() == {"charge of 700 eur": 1}
    assert storage.effects() == {"object a": 1}
    assert inbox.effects() == {"mail to c@d.test: hi": 1}
    assert rates.effects() == {}
    hosts = {each.url.split(":")[1] for each in (payments, storage, inbox, rates)}
    assert hosts == {"//HOST"}
"""


@pytest.mark.parametrize(("layer", "host"), [("unit", "127.66.74.1"), ("integration", "127.0.0.1")])
def test_a_test_reads_the_same_in_both_layers(run: Run, layer: str, host: str) -> None:
    run(SAME.replace("HOST", host), layer).assert_outcomes(passed=1)


def test_each_test_has_a_namespace_of_its_own_inside(run: Run) -> None:
    result = run(
        """
@pytest.mark.parametrize("n", range(3))
def test_alone(payments, n):
    assert payments.journal() == []
    pay(payments)
    assert len(payments.journal()) == 1
"""
    )
    result.assert_outcomes(passed=3)


def test_a_call_that_the_mock_does_not_have_fails_a_unit_test_too(run: Run) -> None:
    result = run(
        """
def test_swallowed(payments):
    httpx.get(f"{payments.url}/v1/nothing", headers={"Authorization": f"Bearer {payments.api_key}"})
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*GET /v1/nothing is nothing that the payments mock knows*"])


def test_a_plan_of_faults_is_kept_inside(run: Run) -> None:
    result = run(
        """
def test_faults(payments, faults):
    faults.on("payments", path="/v1/payment_intents").fail(status=503, times=1)
    with pytest.raises(stripe.APIError):
        pay(payments)
    assert pay(payments) == "succeeded"

def test_faults_first(faults, payments):
    faults.on("payments").reset(times=1)
    with pytest.raises(stripe.APIConnectionError):
        pay(payments)
"""
    )
    result.assert_outcomes(passed=2)


def test_the_double_of_http_lets_mocks_inside_be(run: Run) -> None:
    result = run(
        """
@pytest.mark.parametrize("n", range(2))
def test_both(http, payments, n):
    http.get("https://shop.test/").responds(text="hello")
    assert httpx.get("https://shop.test/").text == "hello"
    assert pay(payments) == "succeeded"

def test_without(payments):
    assert pay(payments) == "succeeded"
"""
    )
    result.assert_outcomes(passed=3)


def test_faults_of_the_client_and_a_moved_clock_hold_inside(run: Run) -> None:
    result = run(
        """
def test_client(faults, payments):
    faults.on("client", path="/v1/*").lose_answer(times=1)
    with pytest.raises(stripe.APIConnectionError):
        pay(payments)
    assert pay(payments) == "succeeded"
    assert payments.effects() == {"charge of 700 eur": 2}

def test_clock(clock, payments):
    before = payments.now()
    clock.advance(days=3)
    assert payments.now() == before + 3 * 86400
    assert pay(payments) == "succeeded"

def test_names(names, environment, randomness, payments):
    assert pay(payments) == "succeeded"
"""
    )
    result.assert_outcomes(passed=3)


def test_scenarios_are_set_up_by_name(run: Run) -> None:
    result = run(
        """
def test_declined(payments):
    payments.scenario("declined")
    with pytest.raises(stripe.CardError, match="declined"):
        pay(payments)

def test_funds(payments):
    payments.scenario("insufficient funds")
    with pytest.raises(stripe.CardError, match="insufficient"):
        pay(payments)

def test_down(payments):
    payments.scenario("down")
    with pytest.raises(stripe.APIConnectionError):
        pay(payments)

def test_empty(payments):
    pay(payments)
    payments.scenario("empty")
    assert payments.effects() == {}

def test_of_a_team_s_own(mocked):
    rates = mocked("rates")
    rates.scenario("dear")
    rates.scenario("unavailable")
    answer = httpx.get(rates.url)
    assert answer.status_code == 200  # another namespace
    assert httpx.get(rates.url, headers={"X-Team": rates.namespace}).status_code == 503

def test_after(payments):
    assert pay(payments) == "succeeded"
"""
    )
    result.assert_outcomes(passed=6)


def test_scenarios_are_set_up_by_a_marker(run: Run) -> None:
    result = run(
        """
@pytest.mark.scenario("payments", "declined")
def test_declined(payments):
    with pytest.raises(stripe.CardError):
        pay(payments)

@pytest.mark.scenario("payments", "rate limited")
@pytest.mark.scenario("email", "down")
def test_two(payments, inbox):
    with pytest.raises(stripe.RateLimitError):
        pay(payments)

@pytest.mark.scenario("rates", "dear")
def test_own(mocked):
    rates = mocked("rates")
    assert httpx.get(rates.url, headers={"X-Team": rates.namespace}).json() == {"usd": 9}

@pytest.mark.scenario("payments", "declined")
def test_by_mocked(mocked):
    with pytest.raises(stripe.CardError):
        pay(mocked("payments"))
"""
    )
    result.assert_outcomes(passed=4)


def test_a_scenario_s_faults_are_in_the_plan_that_a_failure_saves(run: Run) -> None:
    result = run(
        """
@pytest.mark.scenario("payments", "unavailable")
def test_it(payments):
    pay(payments)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*fault plan*", "*replay: *--faults=*"])


@pytest.mark.parametrize(
    ("marker", "argument", "told"),
    [
        ('"payments", "decline"', "payments", "payments has no scenario 'decline'"),
        ('"payment", "declined"', "payments", "the registry has no mock 'payment'"),
        ('"payments"', "payments", "has no mock and scenario"),
        ('"payments", "declined"', "inbox", "set up by a fixture that the test does not ask for"),
    ],
)
def test_a_marker_that_means_nothing_is_told(
    run: Run, marker: str, argument: str, told: str
) -> None:
    result = run(
        f"""
@pytest.mark.scenario({marker})
def test_it({argument}):
    pass
"""
    )
    result.assert_outcomes(errors=1)
    text = result.stdout.str()
    assert told in text
    assert "fix: " in text
    assert "Traceback" not in text


def test_a_mock_that_is_not_in_the_registry_is_told(run: Run) -> None:
    result = run(
        """
def test_it(mocked):
    mocked("rate")
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*the registry has no mock 'rate'*", "*choices: *payments, rates*", "*write 'rates'*"]
    )


def test_a_mistake_is_shown_with_the_line_of_the_test_and_no_other(run: Run) -> None:
    result = run(
        """
from belljar.mocks.registry import Entry, Fallback, check_fallback, register

def test_name(mocked): mocked("rate")
def test_scenario(mocked): mocked("rates").scenario("deer")
def test_fallback(payments): check_fallback(payments, pay, "retry")
def test_document(mocked):
    register(Entry("pets", document="pets.yaml")); mocked("pets")

@pytest.mark.scenario("rates", "deer")
def test_marker(mocked): pass
"""
    )
    result.assert_outcomes(failed=4, errors=1)
    text = result.stdout.str()
    assert "belljar/mocks" not in text
    assert "All traceback entries are hidden" not in text
    result.stdout.fnmatch_lines_random(
        [
            "unit/it_test.py:*: test_marker: rates has no scenario 'deer'",
            "unit/it_test.py:*: UnknownEntry",
            "*the entry 'pets' can't start: there is no OpenAPI document pets.yaml; *",
        ]
    )


def test_a_document_is_a_mock_in_both_layers(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makefile(
        ".yaml",
        pets="""
            openapi: 3.1.0
            info: {title: pets, version: "1"}
            paths:
              /pets:
                get:
                  responses:
                    "200":
                      description: all
                      content: {application/json: {example: [{name: Minka}]}}
        """,
    )
    pytester.makeconftest(
        """
from pathlib import Path
from belljar.mocks.registry import Entry, Scenario, register
register(Entry("pets", document=Path(__file__).with_name("pets.yaml"), scenarios={
    "sold out": Scenario("no pet is left", state=lambda pets: pets.stub("GET", "/pets").respond(json=[])),
}))
"""
    )
    code = """
def test_pets(mocked, faults):
    pets = mocked("pets")
    assert httpx.get(f"{pets.url}/pets").json() == [{"name": "Minka"}]
    pets.scenario("sold out")
    assert httpx.get(f"{pets.url}/pets").json() == []
    pets.scenario("unavailable")
    assert httpx.get(f"{pets.url}/pets").status_code == 503

def test_wrong(mocked):
    httpx.get(mocked("pets").url + "/dogs")
"""
    for layer in ("unit", "integration"):
        result = run(code, layer, layer)
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(["*GET /dogs*"])


def test_a_declared_service_is_what_mocked_gives(run: Run) -> None:
    result = run(
        """
import os, sys
from belljar.services import Service

@pytest.fixture(scope="session")
def service_graph():
    command = [sys.executable, "-m", "belljar.mocks.payments", "--fd", "{fd}"]
    return [
        Service(
            "payments", command, env={"PYTHONPATH": os.pathsep.join(sys.path)},
            ready={"http": "/_belljar/ready"}, exports={"api_key": "sk_test_shop"},
        )
    ]

@pytest.mark.scenario("payments", "declined")
def test_it(services, mocked):
    payments = mocked("payments")
    assert payments.url == services["payments"].url
    with pytest.raises(stripe.CardError):
        pay(payments)
""",
        "integration",
    )
    result.assert_outcomes(passed=1)
