"""`OrdersTestSettings`: what the tests of orders are told from outside; each profile has values of its own.

    ./bazelw run //testing:settings -- --class services.orders.tests.settings:OrdersTestSettings --profile ci

The fixture `test_settings` gives them; `testing/config` has the profiles.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator

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


class Payments(Section):
    """A test account at the payment service, which the tests of its client speak to in place of the mock."""

    url: str | None = None
    api_key: SecretStr | None = None

    @field_validator("api_key")
    @classmethod
    def _of_a_test_account(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith("sk_test_"):
            raise ValueError("tests charge cards: give the key of a test account, sk_test_...")
        return value

    @model_validator(mode="after")
    def _together(self) -> Self:
        # A key is for one place: the mock has no use for it, and another service must not see it.
        if (self.url is None) != (self.api_key is None):
            raise ValueError("url and api_key go together: say both, or none for the mock")
        return self


class Deployed(Section):
    """A service that runs already, which the smoke tests look at in place of the graph's."""

    url: str | None = None
    database_url: SecretStr | None = None
    allow: tuple[str, ...] = ()
    """Which databases they may put rows into: patterns of HOST/DATABASE."""

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.url is None) != (self.database_url is None):
            raise ValueError("url and database_url go together: say both, or none for the graph's")
        return self


class Orders(Section):
    """What is orders' own."""

    examples: Annotated[int, Field(ge=1, le=10_000)] = 50
    """How many examples Hypothesis tries of each property."""
    deployed: Deployed = Deployed()
    load: Load = Load()
    payments: Payments = Payments()
    waiting: Waiting = Waiting()


class OrdersTestSettings(TestSettings):
    """The settings of all tests of orders."""

    orders: Orders = Orders()
