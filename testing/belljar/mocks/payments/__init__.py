"""Stripe's API as a mock: state, declines, idempotency, webhooks; the official client works unchanged.

    python -m belljar.mocks.payments --port 12111

    stripe.api_base = "http://127.0.0.1:12111"
    stripe.api_key = "sk_test_mine"          # what follows sk_test_ is the namespace

In tests the fixture `payments` has both. `PaymentsMock` is the model with its server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.mocks.payments.client import PaymentsClient
    from belljar.mocks.payments.mock import PaymentsMock, payments_server

__all__ = ["PaymentsClient", "PaymentsMock", "payments_server"]

_HOMES = {"PaymentsClient": "client", "PaymentsMock": "mock", "payments_server": "mock"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
