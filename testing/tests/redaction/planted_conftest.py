"""The conftest.py of the planted suite: its graph has a server that says too much."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def service_graph() -> list[Any]:
    """One service."""
    from belljar.services import Service

    server = Path(__file__).with_name("planted_server.py")
    return [
        Service(
            "shop",
            [sys.executable, str(server)],
            args=["--fd", "{fd}"],
            env={"TOKEN": os.environ["PLANTED_SERVICE_LOG"], "OWN": "{secret:OWN}"},
            secrets=["OWN"],
        )
    ]
