"""The storage client: signatures as Amazon documents them, and the answers it understands.

Against the storage mock, in this process, which checks each signature.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from belljar.mocks.registry import Fallback, check_fallback
from belljar.mocks.storage.client import Storage
from services.orders.outside.s3_storage import Credentials, S3Storage, sign
from services.orders.outside.storage import StorageUnavailable
from services.orders.resilience.retrying import Retrying

# The example of "Authenticating Requests: Using the Authorization Header" in Amazon's S3 manual.
EXAMPLE = Credentials(
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"
)
EXAMPLE_TIME = datetime(2013, 5, 24, tzinfo=UTC)


def client_of(storage: Storage, *, make_bucket: bool = False) -> S3Storage:
    """A client of the bucket `receipts` that makes no pauses."""
    told = storage.credentials
    return S3Storage(
        storage.url,
        "receipts",
        Credentials(told.access_key, told.secret_key, told.region),
        timeout=0.5,
        make_bucket=make_bucket,
        retrying=Retrying(3, sleep=lambda _: None, chance=lambda: 0.0),
    )


def put(storage: Storage) -> None:
    """Keep a text in a storage that may be empty."""
    client_of(storage, make_bucket=True).put("x", b"text", content_type="text/plain")


def test_the_signature_is_that_of_the_documented_example() -> None:
    """The published request has the published signature."""
    headers = {"host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9"}
    signed = sign("GET", "/test.txt", headers, b"", EXAMPLE, EXAMPLE_TIME)
    assert signed["authorization"].endswith(
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def test_an_object_is_put_under_bucket_and_key(storage: Storage) -> None:
    """The request is addressed by path and carries content, type and signature."""
    storage.bucket("receipts")
    client_of(storage).put("a b/ü.txt", b"text", content_type="text/plain")
    found = storage.client().get_object(Bucket="receipts", Key="a b/ü.txt")
    assert (found["Body"].read(), found["ContentType"]) == (b"text", "text/plain")
    assert client_of(storage).get("a b/ü.txt") == b"text"


def test_a_missing_object_is_none(storage: Storage) -> None:
    """Not an error: the caller asks whether it is there."""
    storage.bucket("receipts")
    assert client_of(storage).get("x") is None


@pytest.mark.parametrize(("scenario", "status"), [("unavailable", 503), ("denied", 403)])
def test_every_other_answer_is_trouble(storage: Storage, scenario: str, status: int) -> None:
    storage.bucket("receipts")
    storage.scenario(scenario)
    with pytest.raises(StorageUnavailable, match=f"'x'.*'receipts'.*{status}"):
        client_of(storage).get("x")


def test_a_missing_bucket_is_no_missing_object(storage: Storage) -> None:
    with pytest.raises(StorageUnavailable, match=r"(?s)'x'.*'receipts'.*404.*NoSuchBucket"):
        client_of(storage).get("x")


def test_passing_trouble_is_tried_again(storage: Storage) -> None:
    """Writing an object again writes the same object, whatever broke, twice in a row."""
    check_fallback(storage, put, Fallback.retry(2))


def test_lasting_trouble_is_told_as_one_kind_of_error(storage: Storage) -> None:
    check_fallback(storage, put, Fallback.raises(StorageUnavailable))


def test_a_bucket_that_is_missing_is_made_if_that_was_asked_for(storage: Storage) -> None:
    """The object is put into it then."""
    assert client_of(storage, make_bucket=True).get("x") is None
    put(storage)
    assert client_of(storage).get("x") == b"text"
