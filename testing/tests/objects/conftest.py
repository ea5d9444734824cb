"""What the tests of the storage mock share."""

# botocore has no types.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import http.client
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from belljar.mocks.storage import Storage


@pytest.fixture
def s3(storage: Storage) -> Any:
    """Give boto3's client."""
    return storage.client("s3")


@pytest.fixture
def bucket(storage: Storage) -> str:
    """Give a bucket."""
    return storage.bucket()


@pytest.fixture
def fails() -> Callable[..., str]:
    """Make a call that S3 refuses; give the code of its answer."""
    from botocore.exceptions import ClientError

    def called(call: Callable[..., Any], **arguments: Any) -> str:
        with pytest.raises(ClientError) as refused:
            call(**arguments)
        return str(refused.value.response["Error"]["Code"])

    return called


@pytest.fixture
def fetch() -> Callable[..., tuple[int, Mapping[str, str], bytes]]:
    """Ask without boto3: status, headers by lower-case name, body."""

    def asked(
        url: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, Mapping[str, str], bytes]:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, target, body, named)
            response = connection.getresponse()
            shown = {name.lower(): value for name, value in response.getheaders()}
            return response.status, shown, response.read()
        finally:
            connection.close()

    return asked


@pytest.fixture
def plan(storage: Storage) -> Callable[..., None]:
    """Plan a fault for one of S3's calls."""

    def planned(operation: str, kind: str, times: int = 1, **values: Any) -> None:
        rule = {"on": "storage", "match": {"operation": operation}, "kind": kind, "with": values}
        rule["when"] = {"times": times}
        storage.clear_faults()  # the same rule would go on counting
        storage.set_faults({"version": 1, "seed": 7, "faults": [rule]})

    return planned
