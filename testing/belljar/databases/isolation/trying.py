"""`tried`: a test that turns out to need a higher rung runs again there, and only that run counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from _pytest.runner import call_and_report

__all__ = ["tried"]


def tried(
    item: pytest.Item, nextitem: pytest.Item | None, needs_more: Callable[[], bool]
) -> list[pytest.TestReport]:
    """Return the reports of `item`, from its second run if `needs_more()` after the first.

    What a first run has left in fixtures of its module stays; those of the function are made anew.
    """
    reports, again = _run(item, nextitem, needs_more)
    return _run(item, nextitem, lambda: False)[0] if again else reports


def _run(
    item: pytest.Item, nextitem: pytest.Item | None, needs_more: Callable[[], bool]
) -> tuple[list[pytest.TestReport], bool]:
    if not getattr(item, "_request", None):
        item._initrequest()  # type: ignore[attr-defined]  # as pytest's own loop does
    reports = [call_and_report(item, "setup", log=False)]
    if reports[0].passed and not item.config.getoption("setuponly", False):
        reports.append(call_and_report(item, "call", log=False))
    again = needs_more()
    # What its module and the ones around it have set up stays for the second run.
    after: Any = item.parent if again else nextitem
    reports.append(call_and_report(item, "teardown", log=False, nextitem=after))
    item._request = False  # type: ignore[attr-defined]  # likewise
    item.funcargs = None  # type: ignore[attr-defined]  # likewise
    return reports, again
