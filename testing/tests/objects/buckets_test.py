"""Buckets are made, found, configured and deleted, and S3's errors are S3's."""

# botocore has no types.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

from typing import Any

import pytest

from belljar.mocks.storage import Storage


def test_a_bucket_is_there_until_it_is_deleted(s3: Any, fails: Any) -> None:
    s3.create_bucket(Bucket="shop-receipts")
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["shop-receipts"]
    s3.head_bucket(Bucket="shop-receipts")
    s3.put_object(Bucket="shop-receipts", Key="k", Body=b"")
    assert fails(s3.delete_bucket, Bucket="shop-receipts") == "BucketNotEmpty"
    s3.delete_object(Bucket="shop-receipts", Key="k")
    s3.delete_bucket(Bucket="shop-receipts")
    assert fails(s3.head_bucket, Bucket="shop-receipts") == "404"


def test_a_region_is_kept(storage: Storage, s3: Any, fails: Any) -> None:
    there = {"LocationConstraint": "eu-central-1"}
    s3.create_bucket(Bucket="far", CreateBucketConfiguration=there)
    assert s3.get_bucket_location(Bucket="far")["LocationConstraint"] == "eu-central-1"
    again = fails(s3.create_bucket, Bucket="far", CreateBucketConfiguration=there)
    assert again == "BucketAlreadyOwnedByYou"
    assert s3.get_bucket_location(Bucket=storage.bucket())["LocationConstraint"] is None


@pytest.mark.parametrize("name", ["UPPER", "a..b", "192.0.2.1", "-begins", "under_score"])
def test_a_name_that_s3_refuses_is_refused(s3: Any, fails: Any, name: str) -> None:
    assert fails(s3.create_bucket, Bucket=name) == "InvalidBucketName"


def test_what_is_not_there_has_s3s_errors(s3: Any, bucket: str, fails: Any) -> None:
    assert fails(s3.get_object, Bucket=bucket, Key="no") == "NoSuchKey"
    assert fails(s3.head_object, Bucket=bucket, Key="no") == "404"
    assert fails(s3.get_object, Bucket="no-such-bucket", Key="no") == "NoSuchBucket"
    assert fails(s3.list_objects_v2, Bucket="no-such-bucket") == "NoSuchBucket"
    assert fails(s3.get_bucket_policy, Bucket=bucket) == "NoSuchBucketPolicy"
    assert fails(s3.get_bucket_tagging, Bucket=bucket) == "NoSuchTagSet"
    assert fails(s3.abort_multipart_upload, Bucket=bucket, Key="k", UploadId="x") == "NoSuchUpload"
    assert fails(s3.put_object, Bucket=bucket, Key="k" * 1025, Body=b"") == "KeyTooLongError"
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="no")


def test_settings_are_kept_and_given_back(s3: Any, bucket: str, fails: Any) -> None:
    rules = [{"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]}]
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == rules
    s3.delete_bucket_cors(Bucket=bucket)
    assert fails(s3.get_bucket_cors, Bucket=bucket) == "NoSuchCORSConfiguration"
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "b"}]
    s3.put_bucket_policy(Bucket=bucket, Policy='{"Version": "2012-10-17"}')
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == '{"Version": "2012-10-17"}'
    assert s3.get_bucket_acl(Bucket=bucket)["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]


def test_a_call_that_the_mock_lacks_is_told_and_fails_the_test(
    storage: Storage, s3: Any, bucket: str, fails: Any
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    assert fails(s3.get_object_retention, Bucket=bucket, Key="k") == "NotImplemented"
    assert "?retention" in storage.complaint()
    storage.accept_unmatched()


def test_the_bucket_may_stand_in_the_host(
    storage: Storage, bucket: str, fetch: Any, s3: Any
) -> None:
    from botocore.config import Config

    port = storage.url.rpartition(":")[2]
    virtual = storage.client(
        endpoint_url=f"http://localhost:{port}", config=Config(s3={"addressing_style": "virtual"})
    )
    url = virtual.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "a/b"})
    assert url.startswith(f"http://{bucket}.localhost:{port}/a/b?")
    path = url.partition(f":{port}")[2]
    host = f"{bucket}.localhost:{port}"
    assert fetch(storage.url + path, "PUT", b"virtual", Host=host)[0] == 200
    assert s3.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"virtual"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<Delete><Object>", b"MalformedXML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><Delete/>", b"MalformedXML"),
        (b"\xff\xfe garbage", b"MalformedXML"),
        (b"<Other/>", b"MalformedXML"),
    ],
)
def test_broken_xml_is_refused(
    storage: Storage, s3: Any, bucket: str, fetch: Any, body: bytes, code: bytes
) -> None:
    from base64 import b64encode
    from hashlib import md5

    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("POST", f"{storage.url}/{bucket}?delete", data=body)
    request.headers["Content-MD5"] = b64encode(md5(body).digest()).decode()
    keys = Credentials(storage.credentials.access_key, storage.credentials.secret_key)
    S3SigV4Auth(keys, "s3", "us-east-1").add_auth(request)
    status, _, answer = fetch(request.url, "POST", body, **dict(request.headers.items()))
    assert status == 400 and code in answer
