"""The entry `storage`: S3's protocol, its scenarios and the calls of its contract."""

from __future__ import annotations

import sys

from belljar.mocks.inside import InsideServer
from belljar.mocks.registry.calls_storage import IGNORED, OPERATIONS
from belljar.mocks.registry.mock_entry import Entry, Scenario
from belljar.mocks.storage.client import Storage
from belljar.mocks.storage.serving import StorageServer

__all__ = ["ENTRY"]


def _inside() -> InsideServer:
    from belljar.mocks.control import controlled_server
    from belljar.mocks.storage.mock import StorageMock

    return InsideServer(lambda: controlled_server(StorageMock()), name="belljar-storage-inside")


ENTRY = Entry(
    "storage",
    client=Storage,
    inside=_inside,
    served=StorageServer,
    command=(sys.executable, "-m", "belljar.mocks.storage"),
    operations=OPERATIONS,
    ignored=IGNORED,
    scenarios={
        "denied": Scenario("each call gets AccessDenied", faults=lambda on: on().fail(status=403)),
        "read only": Scenario(
            "nothing can be written", faults=lambda on: on(method="PUT").fail(status=403)
        ),
    },
)
