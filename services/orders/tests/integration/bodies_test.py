"""Any body that a caller may send: it is kept as it was sent, or refused, and never breaks the service."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from belljar.data.strategies import strategy_of
from services.orders.api.bodies import NewOrder, NewProduct
from services.orders.tests.settings import OrdersTestSettings

# Letters that grow when they are folded, what PostgreSQL cannot hold, and what is no character.
ODD = st.builds(str.__mul__, st.sampled_from("aß ΐŉ\0%_\ud800"), st.integers(0, 300))
TEXT = st.lists(ODD, max_size=3).map("".join)


@pytest.fixture
def examples(test_settings: OrdersTestSettings) -> settings:
    """As many examples as the settings say, the same in every run."""
    return settings(
        max_examples=test_settings.orders.examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def test_any_product_is_kept_as_it_was_sent_or_refused(
    client: httpx.Client, examples: settings
) -> None:
    """By PostgreSQL itself if need be."""

    @examples
    @given(strategy_of(NewProduct))
    def holds(body: NewProduct) -> None:
        sent = body.model_dump()
        response = client.post("/products", json=sent)
        if response.status_code == 201:
            kept = client.get(response.headers["Location"]).json()
            sent["available"] = sent.pop("stock")
            assert {name: kept[name] for name in sent} == sent
        else:
            assert response.status_code in (409, 422), response.text

    holds()


def test_no_text_breaks_the_service(client: httpx.Client, examples: settings) -> None:
    """Wherever it stands."""

    keys = map(str, count())

    def post(path: str, body: dict[str, Any]) -> int:
        # In ASCII, which may have half a character in it. With a new key: the old one has its answer.
        headers = {"Content-Type": "application/json", "Idempotency-Key": next(keys)}
        return client.post(path, content=json.dumps(body), headers=headers).status_code

    @examples
    @given(TEXT, strategy_of(NewOrder))
    def holds(text: str, body: NewOrder) -> None:
        product = {"sku": text[:60], "name": text, "price": {"minor": 1, "currency": "EUR"}}
        statuses = [
            post("/products", product),
            post("/orders", body.model_dump() | {"customer_email": f"{text[:200]}@example.com"}),
            post("/orders/ord_1/payment", {"payment_method": text}),
        ]
        if text.isprintable():
            statuses.append(client.get("/products", params={"q": text}).status_code)
            statuses.append(client.get("/orders", params={"customer_email": text}).status_code)
        assert max(statuses) < 500

    holds()
