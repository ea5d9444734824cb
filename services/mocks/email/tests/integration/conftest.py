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
            "email",
            [sys.executable, "-m", "belljar.mocks.email"],
            args=[
                "--fd={fd:.main}",
                "--smtp-fd={fd:.smtp}",
                "--smtps-fd={fd:.smtps}",
                "--ca={folder}/ca.pem",
            ],
            ports={"main": "http", "smtp": "smtp", "smtps": "smtps"},
            exports={"ca": "{folder}/ca.pem", "password": "any password", "user": "default"},
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
            ready={"http": "/_belljar/ready"},
        )
    ]
