"""An object store that speaks S3's protocol, for tests: no account, no container, no machine's disk.

    from belljar.mocks.storage import Storage, StorageServer

    with StorageServer() as server:
        storage = Storage(server.url, "a-namespace")
        storage.client("s3").list_buckets()

In tests the fixture `storage` is that, with a namespace of the test's own.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.mocks.storage.client import Credentials, Storage
    from belljar.mocks.storage.errors import BadStorageSetting, S3Error
    from belljar.mocks.storage.keys import SECRET_KEY
    from belljar.mocks.storage.mock import StorageMock
    from belljar.mocks.storage.serving import StorageServer, main

__all__ = [
    "SECRET_KEY",
    "BadStorageSetting",
    "Credentials",
    "S3Error",
    "Storage",
    "StorageMock",
    "StorageServer",
    "main",
]

_HOMES = {
    "SECRET_KEY": "keys",
    "BadStorageSetting": "errors",
    "Credentials": "client",
    "S3Error": "errors",
    "Storage": "client",
    "StorageMock": "mock",
    "StorageServer": "serving",
    "main": "serving",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
