"""S3 fails as it does in the wild, and boto3 sees it as it would there."""

# botocore has no types.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import time
from typing import Any

import pytest

from belljar.mocks.storage import Storage


@pytest.fixture(name="once")
def _once(storage: Storage) -> Any:
    """A client that does not try again."""
    from botocore.config import Config

    return storage.client(config=Config(retries={"total_max_attempts": 1}, read_timeout=0.5))


def test_slow_down_is_s3s_and_boto3_tries_again(
    s3: Any, once: Any, bucket: str, plan: Any, fails: Any
) -> None:
    plan("PutObject", "slow_down")
    assert fails(once.put_object, Bucket=bucket, Key="k", Body=b"1") == "SlowDown"
    plan("PutObject", "slow_down")
    done = s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert done["ResponseMetadata"]["RetryAttempts"] == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(500, "InternalError"), (503, "ServiceUnavailable"), (400, "RequestTimeout")],
)
def test_a_status_has_s3s_form(
    once: Any, bucket: str, plan: Any, fails: Any, status: int, code: str
) -> None:
    plan("GetObject", "status", status=status)
    assert fails(once.get_object, Bucket=bucket, Key="k") == code
    assert fails(once.get_object, Bucket=bucket, Key="k") == "NoSuchKey"


def test_a_lost_answer_leaves_the_object_there(
    storage: Storage, once: Any, bucket: str, plan: Any
) -> None:
    from botocore.exceptions import ConnectionError as NotReached
    from botocore.exceptions import HTTPClientError

    plan("PutObject", "lose_answer")
    with pytest.raises((NotReached, HTTPClientError)):
        once.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert list(storage.objects[bucket]) == ["k"]


def test_a_conditional_write_whose_answer_was_lost_fails_when_it_is_tried_again(
    s3: Any, bucket: str, plan: Any, fails: Any
) -> None:
    plan("PutObject", "lose_answer")
    put = {"Bucket": bucket, "Key": "k", "Body": b"1", "IfNoneMatch": "*"}
    assert fails(s3.put_object, **put) == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_a_completion_whose_answer_was_lost_succeeds_when_it_is_tried_again(
    s3: Any, bucket: str, plan: Any
) -> None:
    at = {"Bucket": bucket, "Key": "k"}
    at["UploadId"] = s3.create_multipart_upload(**at)["UploadId"]
    etag = s3.upload_part(**at, PartNumber=1, Body=b"x")["ETag"]
    plan("CompleteMultipartUpload", "lose_answer")
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    done = s3.complete_multipart_upload(**at, MultipartUpload=parts)
    assert done["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_body_is_cut_off(once: Any, bucket: str, plan: Any) -> None:
    from botocore.exceptions import IncompleteReadError, ResponseStreamingError

    once.put_object(Bucket=bucket, Key="k", Body=b"0123456789" * 1000)
    plan("GetObject", "cut", after=5000)
    found = once.get_object(Bucket=bucket, Key="k")
    with pytest.raises((IncompleteReadError, ResponseStreamingError)):
        found["Body"].read()


def test_a_request_takes_time(s3: Any, bucket: str, plan: Any) -> None:
    plan("PutObject", "latency", mean=0.2)
    begun = time.monotonic()
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert time.monotonic() - begun >= 0.2


def test_a_request_is_never_answered(once: Any, bucket: str, plan: Any) -> None:
    from botocore.exceptions import ReadTimeoutError

    plan("ListObjectsV2", "timeout")
    with pytest.raises(ReadTimeoutError):
        once.list_objects_v2(Bucket=bucket)


def test_only_the_call_that_is_meant_fails_and_the_journal_tells(
    storage: Storage, s3: Any, bucket: str, plan: Any
) -> None:
    plan("CopyObject", "slow_down", times=2)
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    s3.copy_object(Bucket=bucket, Key="c", CopySource={"Bucket": bucket, "Key": "k"})
    seen = [(one["method"], one["status"], one["fault"]) for one in storage.journal()[1:]]
    slow = ("PUT", 503, "slow_down")
    assert seen == [("PUT", 200, None), slow, slow, ("PUT", 200, None)]
    assert [one["when"] for one in storage.faults_record()["faults"]] == [{"calls": [1, 2]}]
