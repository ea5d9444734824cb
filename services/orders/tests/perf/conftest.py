"""The settings of the load test."""

from __future__ import annotations

from belljar.config.plugin import settings_fixture
from services.orders.tests.settings import OrdersTestSettings

test_settings = settings_fixture(OrdersTestSettings)
