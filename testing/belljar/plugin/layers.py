"""Layers of a suite: which there are, and which one a test is in."""

from __future__ import annotations

import os
from typing import Final

import pytest

__all__ = ["LAYERS", "layer_of"]

LAYERS: Final = {
    "unit": "memory, SQLite and in-process mocks; no socket, no server",
    "integration": "its own PostgreSQL and Valkey, and mock services",
    "e2e": "the whole service graph, as processes",
    "perf": "the graph under load; left out unless asked for",
}


def layer_of(item: pytest.Item) -> str:
    """Gives the layer of a test, or "" where nothing says it.

    A marker wins, then the folder nearest to the test (tests/unit/...), then the Bazel macro.
    """
    for mark in item.iter_markers():
        if mark.name in LAYERS:
            return mark.name
    for folder in item.path.parents:
        if folder.name in LAYERS:
            return folder.name
        if folder == item.config.rootpath:
            break
    return os.environ.get("BELLJAR_LAYER", "")
