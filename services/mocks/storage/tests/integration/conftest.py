"""The graph of the BUILD file, for plain pytest."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import pytest

from belljar.services import Service


@pytest.fixture(scope="session")
def service_graph() -> Sequence[Service]:
    """Give the mock alone."""
    return [
        Service(
            "storage",
            [sys.executable, "-m", "belljar.mocks.storage"],
            args=["--fd={fd}"],
            exports={
                "access_key": "default",
                "region": "us-east-1",
                "secret_key": "belljar-secret-key",
            },
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
            ready={"http": "/_belljar/ready"},
        )
    ]
