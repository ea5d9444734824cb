"""The graph of the BUILD file, for plain pytest."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from belljar.services import Service


@pytest.fixture(scope="session")
def service_graph() -> Sequence[Service]:
    """Give the payments mock and the shop."""
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    return [
        Service(
            "payments",
            [sys.executable, "-m", "belljar.mocks.payments"],
            args=["--fd", "{fd}"],
            env=path,
            exports={"api_key": "sk_test_default"},
            ready={"http": "/_belljar/ready"},
        ),
        Service(
            "shop",
            [sys.executable, str(Path(__file__).parent / "shop.py")],
            args=[
                "--fd={fd}",
                "--own={url}",
                "--payments={url:payments}",
                "--key={export:payments.api_key}",
            ],
            callbacks=["payments"],
            deps=["payments"],
            env=path,
        ),
    ]
