"""A target that asks for xdist's workers gets them, and only it."""

from __future__ import annotations

import os

import pytest

UNDER_BAZEL = "BELLJAR_TARGET" in os.environ


@pytest.mark.parametrize("number", range(4))
@pytest.mark.skipif(not UNDER_BAZEL, reason="the workers are asked for by the Bazel target")
def test_each_test_runs_in_a_worker_that_knows_its_layer(number: int) -> None:
    """The runner's plugin and the search path are there in every worker."""
    assert os.environ["PYTEST_XDIST_WORKER"] in {"gw0", "gw1"}
    assert os.environ["PYTEST_XDIST_WORKER_COUNT"] == "2"
    assert os.environ["BELLJAR_LAYER"] == "unit"
