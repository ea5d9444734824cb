"""The fixture `storage`: an object store that speaks S3, a namespace of its own for each test.

    def test_a_receipt_is_kept(storage):
        bucket = storage.bucket()
        app = make_app(storage.endpoint_url, storage.credentials, bucket)
        ...
        assert list(storage.objects[bucket]) == ["receipts/1.pdf"]

Where the target's `services` have one named `storage`, it is that, with the buckets of what it exports
as `access_key` (and `secret_key`), emptied before each test; else a server in this process, started by
the first test that asks. A request that the mock has no answer to fails the test that sent it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from belljar.mocks.inside import InsideServer
    from belljar.mocks.storage.client import Storage
    from belljar.mocks.storage.serving import StorageServer

__all__ = ["storage"]

# It ends the servers, and fails tests.
pytest_plugins = ["belljar.mocks.plugin"]


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    """Give an object store of the test's own: addresses, credentials, clients and a look inside."""
    from belljar.mocks.plugin import mock_client
    from belljar.mocks.storage.client import Storage

    store = mock_client(request, "storage", _started, Storage, _inside)
    yield store
    store.close()


def _started() -> StorageServer:
    from belljar.mocks.storage.serving import StorageServer

    return StorageServer()


def _inside() -> InsideServer:
    from belljar.mocks.control import controlled_server
    from belljar.mocks.inside import InsideServer
    from belljar.mocks.storage.mock import StorageMock

    return InsideServer(lambda: controlled_server(StorageMock()), name="belljar-storage-inside")
