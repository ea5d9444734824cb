"""What a test wishes of its database: its markers over the run's options."""

from __future__ import annotations

from typing import Any

import pytest

from belljar.databases.errors import DatabaseError
from belljar.databases.isolation.options import Wishes

__all__ = ["may_climb", "wishes_of"]

_WISHES = pytest.StashKey[Wishes]()


def wishes_of(item: Any) -> Wishes:
    """Return what the test wishes, worked out once."""
    if _WISHES not in item.stash:
        item.stash[_WISHES] = _read_wishes(item)
    return item.stash[_WISHES]  # type: ignore[no-any-return]  # an item or its stand-in


def _read_wishes(item: Any) -> Wishes:
    try:
        return Wishes.of(_keywords(item))
    except DatabaseError as error:
        pytest.fail(str(error), pytrace=False)


def _keywords(item: Any) -> dict[str, Any]:
    """Return what the test's markers say, the closest last, over the run's options."""
    default = item.config.getoption("isolation") or item.config.getini("belljar_isolation")
    keywords: dict[str, Any] = {"isolation": default}
    for mark in reversed(list(item.iter_markers("database"))):
        keywords |= mark.kwargs
    return keywords


def may_climb(item: pytest.Item) -> bool:
    """Whether the test may run again on a higher rung."""
    # Another plugin that repeats tests has the loop then; a climb that is needed fails the test.
    if item.config.pluginmanager.has_plugin("rerunfailures"):
        return False
    return bool(_keywords(item)["isolation"] == "auto")
