"""Objects are written, read, copied and deleted by boto3 as with S3."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from belljar.mocks.storage import Storage

KEYS = ["plain", "a/b c/ü+&=?#%.txt", "..", "/slash", "tab\there", "x" * 1000, "日本"]


@pytest.mark.parametrize("key", KEYS)
def test_what_is_put_is_what_is_got(s3: Any, bucket: str, key: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=b"content")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"content"
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_what_is_said_of_an_object_comes_back_with_it(s3: Any, bucket: str) -> None:
    s3.put_object(
        Bucket=bucket,
        Key="k",
        Body=b"x",
        ContentType="text/csv",
        CacheControl="no-store",
        ContentDisposition='attachment; filename="a.csv"',
        ContentEncoding="gzip",
        ContentLanguage="de",
        Metadata={"owner": "anna", "Mixed-Case": "1"},
        Tagging="team=shop&tier=a%20b",
    )
    found = s3.head_object(Bucket=bucket, Key="k")
    assert (found["ContentType"], found["CacheControl"], found["ContentEncoding"]) == (
        "text/csv",
        "no-store",
        "gzip",
    )
    assert found["ContentDisposition"] == 'attachment; filename="a.csv"'
    assert found["Metadata"] == {"owner": "anna", "mixed-case": "1"}
    assert found["ETag"] == '"9dd4e461268c8034f5c8564e155c67a6"'
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"team": "shop", "tier": "a b"}
    assert s3.head_object(Bucket=bucket, Key="k")["TagCount"] == 2
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


@pytest.mark.parametrize(
    ("asked", "content", "shown"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
    ],
)
def test_a_part_of_an_object_is_read(
    s3: Any, bucket: str, asked: str, content: bytes, shown: str
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    found = s3.get_object(Bucket=bucket, Key="k", Range=asked)
    assert (found["Body"].read(), found["ContentRange"]) == (content, shown)
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 206


def test_a_part_that_is_not_there_is_refused(s3: Any, bucket: str, fails: Any) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    assert fails(s3.get_object, Bucket=bucket, Key="k", Range="bytes=10-") == "InvalidRange"


def test_a_condition_of_a_read_holds_or_says_so(s3: Any, bucket: str, fails: Any) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["ETag"]
    now = datetime.now(UTC)
    get = {"Bucket": bucket, "Key": "k"}
    assert s3.get_object(**get, IfMatch=etag)["ETag"] == etag
    assert s3.get_object(**get, IfModifiedSince=now - timedelta(hours=1))["ETag"] == etag
    assert fails(s3.get_object, **get, IfNoneMatch=etag) == "304"
    assert fails(s3.get_object, **get, IfModifiedSince=now + timedelta(hours=1)) == "304"
    assert fails(s3.get_object, **get, IfMatch='"other"') == "PreconditionFailed"
    assert (
        fails(s3.get_object, **get, IfUnmodifiedSince=now - timedelta(hours=1))
        == "PreconditionFailed"
    )


def test_only_the_first_of_two_creates(s3: Any, bucket: str, fails: Any) -> None:
    put = {"Bucket": bucket, "Key": "k", "IfNoneMatch": "*"}
    s3.put_object(**put, Body=b"first")
    assert fails(s3.put_object, **put, Body=b"second") == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"
    s3.delete_object(Bucket=bucket, Key="k")
    s3.put_object(**put, Body=b"third")


def test_only_the_known_state_is_replaced_or_deleted(s3: Any, bucket: str, fails: Any) -> None:
    known = {"Bucket": bucket, "Key": "k"}
    assert fails(s3.put_object, **known, Body=b"0", IfMatch='"x"') == "NoSuchKey"
    old = s3.put_object(**known, Body=b"1")["ETag"]
    new = s3.put_object(**known, Body=b"2", IfMatch=old)["ETag"]
    assert fails(s3.put_object, **known, Body=b"3", IfMatch=old) == "PreconditionFailed"
    assert fails(s3.delete_object, **known, IfMatch=old) == "PreconditionFailed"
    s3.delete_object(**known, IfMatch=new)


def test_a_copy_has_what_its_source_has_unless_it_is_said_anew(
    s3: Any, bucket: str, storage: Storage, fails: Any
) -> None:
    other = storage.bucket()
    s3.put_object(
        Bucket=bucket,
        Key="a ü",
        Body=b"1",
        Metadata={"a": "1"},
        ContentType="text/x",
        Tagging="t=1",
    )
    source = {"Bucket": bucket, "Key": "a ü"}
    s3.copy_object(Bucket=other, Key="same", CopySource=source)
    same = s3.head_object(Bucket=other, Key="same")
    assert (same["Metadata"], same["ContentType"], same["TagCount"]) == ({"a": "1"}, "text/x", 1)
    s3.copy_object(
        Bucket=other, Key="new", CopySource=source, Metadata={"b": "2"}, MetadataDirective="REPLACE"
    )
    assert s3.head_object(Bucket=other, Key="new")["Metadata"] == {"b": "2"}
    assert fails(s3.copy_object, Bucket=bucket, Key="a ü", CopySource=source) == "InvalidRequest"
    assert (
        fails(s3.copy_object, Bucket=other, Key="x", CopySource=source, CopySourceIfMatch='"no"')
        == "PreconditionFailed"
    )
    assert (
        fails(s3.copy_object, Bucket=other, Key="x", CopySource={"Bucket": bucket, "Key": "no"})
        == "NoSuchKey"
    )


def test_many_are_deleted_in_one_call(s3: Any, bucket: str) -> None:
    for number in range(3):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=b"")
    wanted = [{"Key": "k0"}, {"Key": "k1"}, {"Key": "never"}]
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": wanted})
    assert [one["Key"] for one in done["Deleted"]] == ["k0", "k1", "never"]
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k2"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k2"}], "Quiet": True})
    assert "Deleted" not in quiet


def test_the_attributes_of_an_object_are_told(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"12345")
    told = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["ETag", "ObjectSize", "Checksum", "StorageClass"]
    )
    assert (told["ObjectSize"], told["StorageClass"]) == (5, "STANDARD")
    assert told["ETag"] == "827ccb0eea8a706c4c34a16891f84e7b"
    assert told["Checksum"]["ChecksumCRC32"]


def test_transfers_and_resources_of_boto3_work(
    storage: Storage, s3: Any, bucket: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"0123456789" * 1000)
    s3.upload_file(str(file), bucket, "up", ExtraArgs={"ContentType": "text/plain"})
    got = io.BytesIO()
    s3.download_fileobj(bucket, "up", got)
    assert got.getvalue() == file.read_bytes()
    resource = storage.resource("s3")
    assert [one.key for one in resource.Bucket(bucket).objects.all()] == ["up"]
    assert resource.Object(bucket, "up").content_type == "text/plain"
    s3.get_waiter("object_exists").wait(Bucket=bucket, Key="up")


def test_the_test_looks_inside_without_a_request(storage: Storage, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"12", ContentType="text/x", Metadata={"a": "1"})
    (entry,) = storage.objects[bucket].values()
    assert (entry["size"], entry["content_type"], entry["metadata"]) == (2, "text/x", {"a": "1"})
    assert [one["method"] for one in storage.journal()] == ["PUT", "PUT"]
