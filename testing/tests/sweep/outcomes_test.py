"""What becomes of a shop when one of its outside calls goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

pytest_plugins = ["pytester"]

Sweep = Callable[..., Any]
PAYMENTS = "--sweep-boundaries=payments"


def test_a_careful_shop_retries_and_falls_back_and_charges_once(sweep: Sweep) -> None:
    swept = sweep(PAYMENTS, "--sweep-kinds=status,lose_answer,latency", invariant=True)
    swept.result.assert_outcomes(passed=1)
    assert swept.outcome("POST /v1/payment_intents", "status 503") == "retried"
    assert swept.outcome("POST /v1/payment_intents", "lose_answer") == "retried"
    assert swept.outcome("POST /v1/payment_intents", "latency") == "endured"
    assert swept.outcome("GET /v1/customers", "status 503") == "fell back"


def test_a_double_charge_is_corrupted_although_the_test_passes(sweep: Sweep) -> None:
    swept = sweep(PAYMENTS, "--sweep-kinds=lose_answer,status", habit="double")
    swept.result.assert_outcomes(failed=1)
    assert swept.outcome("POST /v1/payment_intents", "lose_answer") == "corrupted"
    assert swept.outcome("POST /v1/payment_intents", "status 503") == "retried"
    (bad,) = swept.matrices[0].bad
    assert bad.detail == "2 x payments: charge of 2500 eur, recorded 1; the test passed"
    assert not bad.unsteady
    assert swept.result.ret == 1


def test_a_lost_order_is_corrupted_by_an_invariant(sweep: Sweep) -> None:
    swept = sweep(PAYMENTS, "--sweep-kinds=lose_answer,status", habit="forgetful", invariant=True)
    swept.result.assert_outcomes(failed=1)
    assert swept.outcome("POST /v1/payment_intents", "lose_answer") == "corrupted"
    assert swept.outcome("POST /v1/payment_intents", "status 503") == "failed cleanly"
    (bad,) = swept.matrices[0].bad
    assert "it still does not hold: 1 charges, and 0 orders that are paid" in bad.detail


def test_what_fails_and_leaves_nothing_wrong_has_failed_cleanly(sweep: Sweep) -> None:
    swept = sweep(PAYMENTS, "--sweep-kinds=status", habit="forgetful", invariant=True)
    swept.result.assert_outcomes(passed=1)
    row = next(row for row in swept.matrices[0].rows if "POST" in row.text)
    cell = swept.matrices[0].cell(row, "status 503")
    assert cell.outcome.value == "failed cleanly"
    assert cell.detail == "urllib.error.HTTPError: HTTP Error 502: Bad Gateway"


STUCK = """
def test_a_customer_buys(buy, payments, faults):
    # What the shop does for ever, said by the test: each try fails.
    faults.on("payments", method="POST").fail(status=503, skip=1)
    assert buy(2500)["status"] == "paid"
"""


def test_a_test_that_never_ends_is_hung_and_the_next_cells_are_run(sweep: Sweep) -> None:
    swept = sweep(
        PAYMENTS,
        "--sweep-kinds=status,latency",
        "--sweep-limit=1",
        habit="endless",
        code=STUCK,
    )
    swept.result.assert_outcomes(failed=1)
    assert swept.outcome("POST /v1/payment_intents", "status 503") == "hung"
    assert swept.outcome("POST /v1/payment_intents", "latency") == "endured"
    (bad,) = swept.matrices[0].bad
    assert bad.detail == "not over after 1 s"


NOTES_PIDS = """
def test_a_customer_buys(buy, payments, services):
    with open({pids!r}, "a") as file:
        print(services["shop"].pid, services["payments"].pid, file=file)
    assert buy(2500)["status"] == "paid"
"""


def test_after_a_run_that_failed_the_services_are_new_and_the_mocks_are_not(
    sweep: Sweep, tmp_path: Path
) -> None:
    """Three runs without faults, then the cells as they were run; one of them fails."""
    pids = tmp_path / "pids"
    code = NOTES_PIDS.format(pids=str(pids))
    swept = sweep(PAYMENTS, "--sweep-kinds=status,latency", habit="forgetful", code=code)
    outcomes = [cell.outcome.value for cell in swept.matrices[0].cells.values()]
    assert sorted(outcomes) == ["endured", "endured", "failed cleanly", "fell back"]
    failed = 3 + outcomes.index("failed cleanly")
    shop, payments = zip(*(line.split() for line in pids.read_text().splitlines()), strict=True)
    assert len(shop) == 3 + 4
    assert len(set(shop[: failed + 1])) == 1
    assert set(shop[: failed + 1]).isdisjoint(shop[failed + 1 :])
    assert shop[failed + 1 :], "no run came after it: choose other kinds"
    assert len(set(payments)) == 1
