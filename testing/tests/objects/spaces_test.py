"""One server has buckets for many tests at once, of the same names, and each sees its own."""

# botocore has no types.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from belljar.mocks.storage import BadStorageSetting, Storage, StorageServer


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[StorageServer]:
    with StorageServer() as server:
        yield server


def test_twenty_at_once_never_see_each_other(server: StorageServer) -> None:
    def work(number: int) -> None:
        space = Storage(server.url, f"many-{number}")
        s3, bucket = space.client(), space.bucket("same-name")
        rule = {
            "on": "storage",
            "match": {"key": "k3"},
            "kind": "slow_down",
            "when": {"times": number % 3},
        }
        if number % 3:
            space.set_faults({"version": 1, "faults": [rule]})
        for key in range(10):
            s3.put_object(Bucket=bucket, Key=f"k{key}", Body=b"%d" % number)
        bodies = {s3.get_object(Bucket=bucket, Key=f"k{key}")["Body"].read() for key in range(10)}
        assert bodies == {b"%d" % number}
        assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["same-name"]
        assert len([one for one in space.journal() if one["fault"]]) == number % 3
        space.close()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(work, range(20)))


def test_of_many_conditional_writers_one_gets_through(server: StorageServer) -> None:
    from botocore.exceptions import ClientError

    space = Storage(server.url, "race")
    s3, bucket = space.client(), space.bucket()

    def write(number: int) -> bool:
        try:
            s3.put_object(Bucket=bucket, Key="lock", Body=b"%d" % number, IfNoneMatch="*")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        won = list(pool.map(write, range(30)))
    assert won.count(True) == 1
    assert s3.get_object(Bucket=bucket, Key="lock")["Body"].read() == b"%d" % won.index(True)
    space.close()


def test_a_reset_leaves_the_others_alone(server: StorageServer) -> None:
    one, other = Storage(server.url, "reset-1"), Storage(server.url, "reset-2")
    one.bucket("mine")
    other.bucket("mine")
    one.reset()
    assert (one.objects, other.objects) == ({}, {"mine": {}})
    one.close()
    other.close()


def test_another_service_than_s3_is_refused_with_the_fix(server: StorageServer) -> None:
    with pytest.raises(BadStorageSetting, match="fix: use client"):
        Storage(server.url, "x").client("sqs")
