"""A short load on the service: long enough to see a mistake, short enough for every change."""

from __future__ import annotations

import json
import os
from pathlib import Path

from belljar.load import run
from services.orders.tests.settings import OrdersTestSettings


def test_the_service_keeps_its_thresholds_under_a_mixed_load(
    tmp_path: Path, test_settings: OrdersTestSettings
) -> None:
    """A few users for some seconds; table and figures are kept with the result."""
    load = test_settings.orders.load
    outcome = run(
        "services.orders.tests.perf.scenario", users=load.users, seconds=load.seconds, warmup=1.0
    )

    print(outcome.table())
    folder = Path(os.environ.get("TEST_UNDECLARED_OUTPUTS_DIR", tmp_path))
    (folder / "load.json").write_text(json.dumps(outcome.as_json(), indent=2), encoding="utf-8")
    assert outcome.passed, outcome.table()
    assert "POST /orders/[id]/payment" in outcome.results.endpoints
