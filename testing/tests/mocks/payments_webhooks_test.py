"""Webhooks of the payments mock: signed, in order, tried again, and to be looked at."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import stripe

from belljar.mocks.payments import PaymentsClient

pytest_plugins = ["belljar.mocks.plugin"]

PAID: Any = {
    "amount": 1200,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
}


class Shop:
    """What receives webhooks; `statuses` are its next answers, 200 when there are none."""

    def __init__(self) -> None:
        self.received: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                shop.received.append((body, self.headers["Stripe-Signature"]))
                self.send_response(shop.statuses.pop(0) if shop.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hooks"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    yield made
    made.close()


@pytest.fixture
def client(payments: PaymentsClient) -> stripe.StripeClient:
    return stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})


def listen(client: stripe.StripeClient, shop: Shop, *events: Any) -> stripe.WebhookEndpoint:
    return client.v1.webhook_endpoints.create(
        {"url": shop.url, "enabled_events": list(events or ("*",))}
    )


def test_a_webhook_is_signed_as_the_library_wants_it(
    client: stripe.StripeClient, payments: PaymentsClient, shop: Shop
) -> None:
    endpoint = listen(client, shop, "payment_intent.succeeded")
    assert endpoint.secret is not None and endpoint.secret.startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(endpoint.id).to_dict()
    intent = client.v1.payment_intents.create(PAID)
    payments.wait_for_webhooks()
    [(body, signature)] = shop.received
    event = stripe.Webhook.construct_event(body, signature, endpoint.secret)
    assert (event.type, event.data.object["id"]) == ("payment_intent.succeeded", intent.id)
    for wrong in (body.replace(b"1200", b"1300"), b"{}"):
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(wrong, signature, endpoint.secret)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, signature, "whsec_of_another")


def test_events_come_in_the_order_in_which_they_happened(
    client: stripe.StripeClient, payments: PaymentsClient, shop: Shop
) -> None:
    listen(client, shop)
    intent = client.v1.payment_intents.create(PAID)
    client.v1.refunds.create({"payment_intent": intent.id})
    deliveries = payments.wait_for_webhooks()
    happened = [event.type for event in client.v1.events.list().data][::-1]
    assert happened == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
    ]
    assert [one["type"] for one in deliveries] == happened
    assert len(shop.received) == 5


def test_an_event_has_the_object_as_it_was_then(
    client: stripe.StripeClient, payments: PaymentsClient, shop: Shop
) -> None:
    endpoint = listen(client, shop, "customer.created", "customer.updated")
    customer = client.v1.customers.create({"name": "Anna"})
    client.v1.customers.update(customer.id, {"name": "Berta"})
    payments.wait_for_webhooks()
    events = [stripe.Webhook.construct_event(*one, endpoint.secret) for one in shop.received]
    assert [one.data.object["name"] for one in events] == ["Anna", "Berta"]
    assert events[1].data.to_dict()["previous_attributes"] == {"name": "Anna"}


def test_what_is_refused_is_tried_again_and_given_up_in_the_end(
    client: stripe.StripeClient, payments: PaymentsClient, shop: Shop
) -> None:
    payments.retry_webhooks(0.01, 0.02)
    listen(client, shop, "customer.created")
    shop.statuses += [500, 302]
    client.v1.customers.create()
    [delivery] = payments.wait_for_webhooks()
    assert delivery["status"] == "delivered"
    assert [one["status"] for one in delivery["attempts"]] == [500, 302, 200]
    waits = [one["time"] for one in delivery["attempts"]]
    assert waits[1] - waits[0] >= 0.01 and waits[2] - waits[1] >= 0.02
    shop.statuses += [500] * 3
    client.v1.customers.create()
    failed = payments.wait_for_webhooks()[-1]
    assert (failed["status"], len(failed["attempts"])) == ("failed", 3)


def test_a_shop_that_is_closed_is_told_of_in_the_attempt(
    client: stripe.StripeClient, payments: PaymentsClient, shop: Shop
) -> None:
    payments.retry_webhooks()
    shop.close()
    listen(client, shop)
    client.v1.customers.create()
    [delivery] = payments.wait_for_webhooks()
    assert delivery["status"] == "failed"
    assert "ConnectionRefusedError" in delivery["attempts"][0]["error"]


def test_deliveries_can_be_held_back_and_sent_once_more(
    client: stripe.StripeClient, payments: PaymentsClient, shop: Shop
) -> None:
    endpoint = listen(client, shop)
    payments.pause_webhooks()
    client.v1.customers.create()
    assert [one["status"] for one in payments.webhooks()] == ["pending"]
    payments.resume_webhooks()
    payments.wait_for_webhooks()
    event = client.v1.events.list().data[0]
    payments.resend(event.id, endpoint.id)
    assert [one["event"] for one in payments.wait_for_webhooks()] == [event.id, event.id]
    assert shop.received[0][0] == shop.received[1][0]


def test_an_endpoint_that_is_switched_off_is_told_nothing(
    client: stripe.StripeClient, payments: PaymentsClient, shop: Shop
) -> None:
    endpoint = listen(client, shop)
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})
    client.v1.customers.create()
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": False})
    client.v1.webhook_endpoints.delete(endpoint.id)
    client.v1.customers.create()
    assert payments.webhooks() == []
    assert client.v1.webhook_endpoints.list().data == []


def test_an_address_that_is_none_is_refused(client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="explicit scheme") as caught:
        client.v1.webhook_endpoints.create({"url": "shop", "enabled_events": ["*"]})
    assert caught.value.code == "url_invalid"
