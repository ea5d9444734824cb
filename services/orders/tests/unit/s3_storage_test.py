"""The storage client: signatures as Amazon documents them, and the answers it understands."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from services.orders.outside.s3_storage import Credentials, S3Storage, sign
from services.orders.outside.storage import StorageUnavailable
from services.orders.resilience.retrying import Retrying

# The example of "Authenticating Requests: Using the Authorization Header" in Amazon's S3 manual.
EXAMPLE = Credentials(
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1"
)
EXAMPLE_TIME = datetime(2013, 5, 24, tzinfo=UTC)


def storage_of(response: httpx.Response, seen: list[httpx.Request] | None = None) -> S3Storage:
    """A client that always gets `response`, in this process."""

    def handler(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return response

    return S3Storage(
        "http://storage:9000",
        "receipts",
        EXAMPLE,
        transport=httpx.MockTransport(handler),
        retrying=Retrying(3, sleep=lambda _: None),
        clock=lambda: EXAMPLE_TIME,
    )


def test_the_signature_is_that_of_the_documented_example() -> None:
    """The published request has the published signature."""
    headers = {"host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9"}
    signed = sign("GET", "/test.txt", headers, b"", EXAMPLE, EXAMPLE_TIME)
    assert signed["authorization"].endswith(
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def test_an_object_is_put_under_bucket_and_key() -> None:
    """The request is addressed by path and carries content, type and signature."""
    seen: list[httpx.Request] = []
    storage_of(httpx.Response(200), seen).put("a b/ü.txt", b"text", content_type="text/plain")
    (request,) = seen
    assert request.method == "PUT"
    assert request.url.raw_path == b"/receipts/a%20b/%C3%BC.txt"
    assert (request.content, request.headers["content-type"]) == (b"text", "text/plain")
    assert "SignedHeaders=content-type;host;" in request.headers["authorization"]


def test_a_missing_object_is_none() -> None:
    """Not an error: the caller asks whether it is there."""
    response = httpx.Response(404, text="<Code>NoSuchKey</Code>")
    assert storage_of(response).get("x") is None


@pytest.mark.parametrize(
    "response",
    [httpx.Response(503), httpx.Response(403), httpx.Response(404, text="NoSuchBucket")],
)
def test_every_other_answer_is_trouble(response: httpx.Response) -> None:
    """A missing bucket is no missing object."""
    with pytest.raises(StorageUnavailable, match=f"'x'.*'receipts'.*{response.status_code}"):
        storage_of(response).get("x")


def test_passing_trouble_is_tried_again() -> None:
    """Writing an object again writes the same object."""
    seen: list[httpx.Request] = []
    with pytest.raises(StorageUnavailable):
        storage_of(httpx.Response(503), seen).put("x", b"text", content_type="text/plain")
    assert [request.content for request in seen] == [b"text"] * 3


def test_a_bucket_that_is_missing_is_made_if_that_was_asked_for() -> None:
    """The object is put into it then."""
    buckets: set[str] = set()
    kept: dict[str, bytes] = {}

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/receipts":
            buckets.add("receipts")
        elif not buckets:
            return httpx.Response(404, text="<Code>NoSuchBucket</Code>")
        else:
            kept[request.url.path] = request.content
        return httpx.Response(200)

    storage = S3Storage(
        "http://storage:9000",
        "receipts",
        EXAMPLE,
        make_bucket=True,
        transport=httpx.MockTransport(handler),
    )
    assert storage.get("x") is None
    storage.put("x", b"text", content_type="text/plain")
    assert kept == {"/receipts/x": b"text"}
