"""The entry `payments`: Stripe's API, its scenarios and the calls of its contract."""

from __future__ import annotations

import sys

from belljar.mocks.http.thread import ServerThread
from belljar.mocks.inside import InsideServer
from belljar.mocks.payments.client import PaymentsClient
from belljar.mocks.registry.calls_payments import OPERATIONS
from belljar.mocks.registry.mock_entry import Entry, Scenario

__all__ = ["ENTRY"]


def _inside() -> InsideServer:
    from belljar.mocks.payments.mock import payments_server

    return InsideServer(payments_server, name="belljar-payments-inside")


def _served() -> ServerThread:
    from belljar.mocks.payments.mock import payments_server

    return ServerThread(payments_server, name="belljar-payments")


ENTRY = Entry(
    "payments",
    client=PaymentsClient,
    inside=_inside,
    served=_served,
    command=(sys.executable, "-m", "belljar.mocks.payments"),
    operations=OPERATIONS,
    ignored={
        "*.headers.date": "the time of the answer",
        # Of the sender's own: the signature has the real time in it.
    },
    scenarios={
        "declined": Scenario("every card is declined", state=lambda payments: payments.decline()),
        "insufficient funds": Scenario(
            "every card is declined for lack of funds",
            state=lambda payments: payments.decline("insufficient_funds"),
        ),
    },
)
