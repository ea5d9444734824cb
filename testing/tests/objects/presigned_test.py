"""Signatures are checked, in headers, URLs and forms; presigned ones expire and allow what they say."""

# botocore has no types.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import re
from typing import Any

import pytest

from belljar.mocks.storage import Storage


@pytest.fixture(name="signing", params=["version 2", "version 4"])
def _signing(request: Any, storage: Storage) -> Any:
    from botocore.config import Config

    # boto3's own choice for URLs is version 2.
    return storage.client(
        config=Config(signature_version="s3v4" if request.param == "version 4" else None)
    )


def test_a_presigned_url_gets_and_puts(signing: Any, s3: Any, bucket: str, fetch: Any) -> None:
    at = {"Bucket": bucket, "Key": "a ü/b+c"}
    put = signing.generate_presigned_url("put_object", Params=at)
    assert fetch(put, "PUT", b"content")[0] == 200
    get = signing.generate_presigned_url(
        "get_object", Params={**at, "ResponseContentType": "text/x"}
    )
    status, headers, body = fetch(get)
    assert (status, headers["content-type"], body) == (200, "text/x", b"content")
    head = signing.generate_presigned_url("head_object", Params=at)
    assert fetch(head, "HEAD")[:1] == (200,)


def test_what_was_signed_cannot_be_changed(signing: Any, s3: Any, bucket: str, fetch: Any) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    s3.put_object(Bucket=bucket, Key="other", Body=b"2")
    url = signing.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    for changed in (
        url.replace("/k?", "/other?"),
        url.replace("Signature=", "Signature=0"),
        re.sub(r"Expires=(\d+)", r"Expires=1\1" if "X-Amz" not in url else r"Expires=9\g<1>", url),
    ):
        assert changed != url
        status, _, body = fetch(changed)
        assert (status, b"SignatureDoesNotMatch" in body) == (403, True)
    assert fetch(url, "DELETE")[0] == 403


def test_an_expired_url_is_refused(
    signing: Any, storage: Storage, s3: Any, bucket: str, fetch: Any
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    url = signing.generate_presigned_url(
        "get_object", Params={"Bucket": bucket, "Key": "k"}, ExpiresIn=60
    )
    assert fetch(url)[0] == 200
    storage.advance(62)
    status, _, body = fetch(url)
    assert (status, b"Request has expired" in body) == (403, True)
    s3.head_object(Bucket=bucket, Key="k")


def test_a_header_that_was_signed_must_come(storage: Storage, bucket: str, fetch: Any) -> None:
    from botocore.config import Config

    signing = storage.client(config=Config(signature_version="s3v4"))
    at = {"Bucket": bucket, "Key": "k", "ContentType": "text/csv"}
    url = signing.generate_presigned_url("put_object", Params=at)
    assert fetch(url, "PUT", b"x", Content_Type="text/html")[0] == 403
    assert fetch(url, "PUT", b"x", Content_Type="text/csv")[0] == 200


def form(fields: dict[str, str], content: bytes, name: str = "a.txt") -> tuple[bytes, str]:
    """Give the body and type of a browser's form."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    ]
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return b"".join(
        parts
    ) + head.encode() + content + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


def test_a_form_uploads_what_its_policy_allows(
    signing: Any, s3: Any, bucket: str, fetch: Any
) -> None:
    post = signing.generate_presigned_post(
        bucket,
        "up/${filename}",
        Fields={"Content-Type": "text/plain", "success_action_status": "201"},
        Conditions=[
            {"Content-Type": "text/plain"},
            {"success_action_status": "201"},
            ["content-length-range", 2, 5],
        ],
    )
    body, kind = form(post["fields"], b"12345")
    status, _, answer = fetch(post["url"], "POST", body, Content_Type=kind)
    assert (status, b"<Key>up/a.txt</Key>" in answer) == (201, True)
    assert s3.get_object(Bucket=bucket, Key="up/a.txt")["ContentType"] == "text/plain"
    for fields, content, code in (
        (post["fields"], b"123456", b"EntityTooLarge"),
        (post["fields"], b"1", b"EntityTooSmall"),
        ({**post["fields"], "Content-Type": "text/html"}, b"123", b"AccessDenied"),
        ({**post["fields"], "x-amz-meta-a": "1"}, b"123", b"AccessDenied"),
        (
            {**post["fields"], "policy": post["fields"]["policy"][:-8] + "AAAAAAAA"},
            b"123",
            b"Signature",
        ),
    ):
        body, kind = form(fields, content)
        status, _, answer = fetch(post["url"], "POST", body, Content_Type=kind)
        assert status in (400, 403) and code in answer


def test_an_expired_form_is_refused(
    signing: Any, storage: Storage, bucket: str, fetch: Any
) -> None:
    post = signing.generate_presigned_post(bucket, "k", ExpiresIn=60)
    storage.advance(62)
    body, kind = form(post["fields"], b"x")
    status, _, answer = fetch(post["url"], "POST", body, Content_Type=kind)
    assert (status, b"Policy expired" in answer) == (403, True)


def test_a_wrong_secret_and_no_secret_are_refused(
    storage: Storage, bucket: str, fails: Any, fetch: Any
) -> None:
    wrong = storage.client(aws_secret_access_key="wrong")
    assert fails(wrong.list_objects_v2, Bucket=bucket) == "SignatureDoesNotMatch"
    status, _, body = fetch(f"{storage.url}/{bucket}")
    assert (status, b"AccessDenied" in body) == (403, True)


def test_a_body_that_was_changed_on_its_way_is_refused(
    storage: Storage, bucket: str, fetch: Any
) -> None:
    from botocore.auth import S3SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("PUT", f"{storage.url}/{bucket}/k", data=b"sent")
    keys = Credentials(storage.credentials.access_key, storage.credentials.secret_key)
    S3SigV4Auth(keys, "s3", "us-east-1").add_auth(request)
    status, _, body = fetch(request.url, "PUT", b"came", **dict(request.headers.items()))
    assert (status, b"XAmzContentSHA256Mismatch" in body) == (400, True)
