"""`OrdersTestSettings`: what the tests of orders are told from outside; each profile has values of its own.

    ./bazelw run //testing:settings -- --class services.orders.tests.settings:OrdersTestSettings --profile ci

The fixture `test_settings` gives them; `testing/config` has the profiles.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from belljar.config import Section, TestSettings

Seconds = Annotated[float, Field(gt=0, le=600)]


class Waiting(Section):
    """How patient the e2e tests are: a test that fails waits so long, and one that passes does not."""

    seconds: Seconds = 10.0
    """For what other processes do in their own time."""
    one_request: Seconds = 5.0
    """For one answer; longer than the service says that it takes."""
    all_attempts: Seconds = 15.0
    """For a request that is sent again when the service asks for it."""


class Load(Section):
    """The load test."""

    users: Annotated[int, Field(ge=1, le=100)] = 4
    seconds: Seconds = 3.0


class Orders(Section):
    """What is orders' own."""

    examples: Annotated[int, Field(ge=1, le=10_000)] = 50
    """How many examples Hypothesis tries of each property."""
    load: Load = Load()
    waiting: Waiting = Waiting()


class OrdersTestSettings(TestSettings):
    """The settings of all tests of orders."""

    orders: Orders = Orders()
