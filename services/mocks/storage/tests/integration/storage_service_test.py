"""The storage mock as a service: what a dependent keeps is seen by the test, and the next begins anew."""

from __future__ import annotations

import pytest

from belljar.mocks.errors import ControlRefused
from belljar.mocks.storage import Storage
from belljar.services import Services


@pytest.mark.parametrize("attempt", [1, 2])
def test_the_store_is_the_services_and_empty(
    services: Services, storage: Storage, attempt: int
) -> None:
    told = services["storage"]
    assert storage.endpoint_url == told.url
    assert storage.credentials.access_key == told.exports["access_key"]
    assert storage.credentials.secret_key == told.exports["secret_key"]
    assert storage.objects == {}
    bucket = storage.bucket("receipts")
    storage.client("s3").put_object(Bucket=bucket, Key=str(attempt), Body=b"x")
    assert list(storage.objects[bucket]) == [str(attempt)]


def test_a_killed_server_comes_back_empty_at_the_same_address(
    services: Services, storage: Storage
) -> None:
    storage.bucket()
    services["storage"].kill()
    services["storage"].start()
    assert storage.objects == {}


def test_a_plan_cannot_kill_it_and_says_who_can(storage: Storage) -> None:
    rule = {"on": "storage", "match": {"operation": "PutObject"}, "kind": "kill"}
    with pytest.raises(ControlRefused, match=r"fix: .*services\['storage'\]\.kill\(\)"):
        storage.set_faults({"version": 1, "faults": [rule]})
