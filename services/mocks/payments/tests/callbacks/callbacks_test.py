"""The payments mock posts signed webhooks to a service that depends on it, and may."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest
import stripe

from belljar.mocks.payments import PaymentsClient
from belljar.services import Services

pytestmark = pytest.mark.integration

PAID: Any = {
    "amount": 1200,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "allowed_payment_method_types": ["card"],
    "confirm": True,
}


def test_a_signed_webhook_arrives_at_the_service_that_asked_for_it(
    services: Services, payments: PaymentsClient
) -> None:
    """Nothing is refused on the way: the service names the mock in its callbacks."""
    shop = services["shop"].url
    urllib.request.urlopen(f"{shop}/subscribe", data=b"", timeout=10).close()
    client = stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})
    intent = client.v1.payment_intents.create(PAID)
    payments.wait_for_webhooks()
    with urllib.request.urlopen(shop, timeout=10) as answer:
        assert json.load(answer) == [f"payment_intent.succeeded {intent.id}"]
