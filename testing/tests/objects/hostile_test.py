"""Requests that nobody would send on purpose get S3's errors, and the server goes on."""

# botocore has no types.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import base64
import hashlib
import re
import time
from typing import Any
from xml.etree import ElementTree

import pytest

from belljar.mocks.errors import ControlRefused
from belljar.mocks.storage import Storage, StorageServer

ENTITY = '<?xml version="1.0" encoding="{}"?><!DOCTYPE a [<!ENTITY e "x">]><Delete>{}</Delete>'
OBJECT = "<Object><Key>&e;</Key></Object>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_no_entity_is_read_in_any_encoding(fetch: Any, encoding: str) -> None:
    body = ENTITY.format(encoding, OBJECT).encode(encoding)
    with StorageServer(secret_key=None) as server:
        signed = {
            "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request",
            "x_amz_date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
            "x_amz_content_sha256": "UNSIGNED-PAYLOAD",
        }
        assert fetch(f"{server.url}/bucket", "PUT", **signed)[0] == 200
        digest = base64.b64encode(hashlib.md5(body).digest()).decode()
        answer = fetch(f"{server.url}/bucket?delete", "POST", body, Content_MD5=digest, **signed)
    assert answer[0] == 400
    assert b"<Code>MalformedXML</Code>" in answer[2]


def test_an_error_about_a_key_that_xml_cannot_have_is_still_xml(
    storage: Storage, bucket: str, fetch: Any
) -> None:
    url = storage.client("s3").generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "a\x01b"}
    )
    status, _, body = fetch(url)
    assert status == 404
    assert ElementTree.fromstring(body).findtext("Key") == "a\N{REPLACEMENT CHARACTER}b"


def test_a_query_is_signed_by_name_and_then_by_value(s3: Any, bucket: str, fails: Any) -> None:
    """`select` and `select-type` sort differently with their values behind them."""
    call = {"Expression": "*", "ExpressionType": "SQL"}
    formats: dict[str, Any] = {
        "InputSerialization": {"CSV": {}},
        "OutputSerialization": {"CSV": {}},
    }
    told = fails(s3.select_object_content, Bucket=bucket, Key="k", **call, **formats)
    assert told == "NotImplemented"


@pytest.fixture
def told_of_gaps(storage: Storage) -> None:
    """Let the test ask for what the mock has not."""
    storage.accept_unmatched()


pytestmark = pytest.mark.usefixtures("told_of_gaps")


@pytest.mark.parametrize("range_", [f"bytes={'9' * 5000}-", f"bytes=0-{'9' * 5000}", "bytes=²-"])
def test_a_range_that_is_none_is_ignored(
    storage: Storage, bucket: str, fetch: Any, range_: str
) -> None:
    client = storage.client("s3")
    client.put_object(Bucket=bucket, Key="k", Body=b"123")
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    status, _, body = fetch(url, Range=range_)
    assert (status, body) == (200, b"123")


@pytest.mark.parametrize(
    ("version", "name", "far"),
    [("s3", "Expires", "999999999999"), ("s3v4", "X-Amz-Date", "99991231T235959Z")],
)
def test_a_url_that_expires_beyond_all_dates_is_judged_by_its_signature(
    storage: Storage, bucket: str, fetch: Any, version: str, name: str, far: str
) -> None:
    from botocore.config import Config

    client = storage.client(config=Config(signature_version=version))
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    status, _, body = fetch(re.sub(rf"{name}=\w+", f"{name}={far}", url))
    assert status == 403
    assert b"SignatureDoesNotMatch" in body


def test_a_policy_that_is_nested_too_deep_is_malformed(s3: Any, bucket: str, fails: Any) -> None:
    assert fails(s3.put_bucket_policy, Bucket=bucket, Policy="[" * 100_000) == "MalformedPolicy"


@pytest.mark.parametrize("seconds", [1e300, float("nan"), "3600", True])
def test_a_clock_that_cannot_be_is_refused(storage: Storage, seconds: Any) -> None:
    with pytest.raises(ControlRefused, match="fix: send"):
        storage.advance(seconds)


def test_who_has_no_credentials_is_in_the_journal_of_the_default_namespace(fetch: Any) -> None:
    with StorageServer() as server:
        assert fetch(f"{server.url}/bucket/k")[0] == 403
        entry = Storage(server.url).journal()[0]
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/bucket/k", 403)


def test_the_client_of_a_service_goes_by_what_it_exports() -> None:
    exports = {"access_key": "shop", "secret_key": "another-secret", "region": "eu-west-1"}
    with StorageServer(secret_key="another-secret") as server:
        storage = Storage.of_service(server.url, exports)
        assert (storage.namespace, storage.credentials.region) == ("shop", "eu-west-1")
        storage.client().list_buckets()
        storage.close()
