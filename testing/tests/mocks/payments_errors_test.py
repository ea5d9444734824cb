"""What the payments mock says to bad requests: errors in Stripe's own form, and it goes on."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
import stripe
from stripe.params import _webhook_endpoint_create_params as stripe_params

from belljar.mocks.errors import ControlRefused
from belljar.mocks.payments import PaymentsClient
from belljar.mocks.payments.versions import LATEST, VERSIONS

pytest_plugins = ["belljar.mocks.plugin"]

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def client(payments: PaymentsClient) -> stripe.StripeClient:
    return stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})


def ask(
    payments: PaymentsClient,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] = FORM,
    key: str = "",
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(urlsplit(payments.url).netloc, timeout=10)
    authorization = {"Authorization": f"Bearer {key or payments.api_key}"}
    connection.request(method, path, body, {**authorization, **headers})
    response = connection.getresponse()
    content = json.loads(response.read())
    connection.close()
    return response.status, content


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({"amount": 100}, "parameter_missing", "currency"),
        ({"amount": "x", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": -1, "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": "²", "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": "9" * 5000, "currency": "usd"}, "parameter_invalid_integer", "amount"),
        ({"amount": "", "currency": "usd"}, "parameter_invalid_empty", "amount"),
        ({"amount": 49, "currency": "usd"}, "amount_too_small", "amount"),
        ({"amount": 100_000_000, "currency": "usd"}, "amount_too_large", "amount"),
        ({"amount": 100, "currency": "xyz"}, None, "currency"),
        ({"amount": 100, "currency": "usd", "colour": "red"}, "parameter_unknown", "colour"),
        ({"amount": 100, "currency": "usd", "customer": "cus_x"}, "resource_missing", "customer"),
        (
            {"amount": 100, "currency": "usd", "payment_method": "pm_card_vsa"},
            "resource_missing",
            "payment_method",
        ),
        ({"amount": 100, "currency": "usd", "confirm": "yes"}, None, "confirm"),
        ({"amount": 100, "currency": "usd", "capture_method": "later"}, None, "capture_method"),
        ({"amount": 100, "currency": "usd", "metadata": {"k" * 41: "v"}}, None, "metadata"),
        (
            {"amount": 100, "currency": "usd", "confirm": True},
            "payment_intent_unexpected_state",
            None,
        ),
    ],
)
def test_a_parameter_that_can_not_be_is_named(
    client: stripe.StripeClient, params: Any, code: str | None, param: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.create(params)
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, code, param)
    assert caught.value.request_id is not None and caught.value.request_id.startswith("req_")
    assert client.v1.payment_intents.list().data == []


def test_a_misspelt_parameter_shows_the_nearest(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="Did you mean description"):
        client.v1.customers.create(cast("Any", {"descriptoin": "x"}))


@pytest.mark.parametrize("key", ["nonsense", "sk_live_1234567890abcdef", "sk_test_", "pk_test_1"])
def test_a_key_that_is_none_is_refused(payments: PaymentsClient, key: str) -> None:
    status, content = ask(payments, "GET", "/v1/customers", key=key)
    if key == "sk_test_":
        assert status == 200  # the default account
    else:
        assert (status, content["error"]["type"]) == (401, "invalid_request_error")
        assert key not in content["error"]["message"] or len(key) < 10


def test_no_key_at_all_is_refused_as_the_library_expects(payments: PaymentsClient) -> None:
    client = stripe.StripeClient("sk_live_nobody", base_addresses={"api": payments.url})
    with pytest.raises(stripe.AuthenticationError, match="test mode"):
        client.v1.customers.list()
    assert ask(payments, "GET", "/v1/customers", headers={"Authorization": ""})[0] == 401


def test_a_version_that_does_not_exist_is_refused(payments: PaymentsClient) -> None:
    client = stripe.StripeClient(
        payments.api_key, base_addresses={"api": payments.url}, stripe_version="2099-01-01.zebra"
    )
    with pytest.raises(stripe.InvalidRequestError, match="Invalid Stripe API version: 2099"):
        client.v1.customers.list()


def test_every_version_that_the_library_knows_is_known() -> None:
    import re
    from pathlib import Path

    text = Path(str(stripe_params.__file__)).read_text(encoding="utf-8")
    named = set(re.findall(r'"(20\d\d-\d\d-\d\d(?:\.[a-z]+)?)"', text))
    assert stripe.api_version == LATEST
    assert named == VERSIONS


def test_an_address_that_nobody_knows_shows_the_nearest(payments: PaymentsClient) -> None:
    status, content = ask(payments, "POST", "/v1/payment_intent")
    assert status == 404
    assert content["error"]["type"] == "invalid_request_error"
    assert "Unrecognized request URL (POST: /v1/payment_intent)" in content["error"]["message"]
    assert "POST /v1/payment_intents)" in content["error"]["message"]
    assert len(payments.unmatched()) == 1
    payments.accept_unmatched()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"metadata[a=1", "Invalid parameter name"),
        (b"metadata[a]=1&metadata=2", "both as a value and as an object"),
        (b"description=%ff%fe", None),
        (b"\xff\xfe=1", "Invalid UTF-8"),
        (b"metadata" + b"[a]" * 50 + b"=1", "nested too deeply"),
        (b"email=nobody", "Invalid email address"),
    ],
)
def test_a_form_that_is_none_is_refused(
    payments: PaymentsClient, body: bytes, message: str | None
) -> None:
    status, content = ask(payments, "POST", "/v1/customers", body)
    if message is None:
        assert status == 200
    else:
        assert status == 400
        assert message in content["error"]["message"]


def test_json_is_not_taken_for_a_form(payments: PaymentsClient) -> None:
    status, content = ask(
        payments, "POST", "/v1/customers", b"{}", {"Content-Type": "application/json"}
    )
    assert (status, content["error"]["type"]) == (400, "invalid_request_error")


def test_a_huge_body_is_refused_in_stripes_form(payments: PaymentsClient) -> None:
    status, content = ask(payments, "POST", "/v1/customers", b"name=" + b"x" * (2 << 20))
    assert (status, content["error"]["type"]) == (413, "invalid_request_error")


def test_the_control_api_says_what_is_wrong(payments: PaymentsClient) -> None:
    from belljar.mocks import ControlRefused

    for method, route, content, status in (
        ("GET", "nonsense", None, 404),
        ("PUT", "clock", {"now": "noon"}, 400),
        ("PUT", "webhooks", {"retry_seconds": "often"}, 400),
        ("POST", "authenticate/pi_nobody", {}, 404),
        ("PUT", "pace", {"seconds": -1}, 400),
        ("GET", "journal?after=x", None, 400),
    ):
        with pytest.raises(ControlRefused) as caught:
            payments.call(method, route, content)
        assert caught.value.status == status
        assert caught.value.fix


@pytest.mark.parametrize(
    "url", ["http://[::1", "http://x:99999999/", "http://x:0/", "http:///hook", "http://x/a b"]
)
def test_a_webhook_goes_to_an_address_or_nowhere(
    payments: PaymentsClient, client: stripe.StripeClient, url: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    assert refused.value.code == "url_invalid"
    client.v1.customers.create({"name": "Anna"})  # whose event would have gone there


@pytest.mark.parametrize("change", [{"now": 10**300}, {"advance": -(10**20)}, {"now": 1.5}])
def test_a_clock_has_the_times_that_there_are(payments: PaymentsClient, change: Any) -> None:
    with pytest.raises(ControlRefused, match="year 9999"):
        payments.call("PUT", "clock", change)
