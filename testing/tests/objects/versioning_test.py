"""Versions are kept, hidden by delete markers, restored and deleted for good."""

from __future__ import annotations

from typing import Any

from belljar.mocks.storage import Storage


def test_every_write_is_a_version_and_each_can_be_read(s3: Any, storage: Storage) -> None:
    bucket = storage.bucket(versioning=True)
    ids = [s3.put_object(Bucket=bucket, Key="k", Body=b"%d" % n)["VersionId"] for n in range(3)]
    assert len(set(ids)) == 3
    for number, version in enumerate(ids):
        body = s3.get_object(Bucket=bucket, Key="k", VersionId=version)["Body"].read()
        assert body == b"%d" % number
    assert s3.get_object(Bucket=bucket, Key="k")["VersionId"] == ids[2]


def test_a_delete_marker_hides_and_its_deletion_restores(
    s3: Any, storage: Storage, fails: Any
) -> None:
    bucket = storage.bucket(versioning=True)
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    gone = s3.delete_object(Bucket=bucket, Key="k")
    assert gone["DeleteMarker"] is True
    assert fails(s3.get_object, Bucket=bucket, Key="k") == "NoSuchKey"
    marker = {"Bucket": bucket, "Key": "k", "VersionId": gone["VersionId"]}
    assert fails(s3.get_object, **marker) == "MethodNotAllowed"
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=first)["Body"].read() == b"1"
    assert s3.delete_object(**marker)["DeleteMarker"] is True
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_a_version_is_deleted_for_good(s3: Any, storage: Storage, fails: Any) -> None:
    bucket = storage.bucket(versioning=True)
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"2")["VersionId"]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=second)
    assert s3.get_object(Bucket=bucket, Key="k")["VersionId"] == first
    assert fails(s3.get_object, Bucket=bucket, Key="k", VersionId=second) == "NoSuchVersion"


def test_an_old_version_is_restored_by_a_copy(s3: Any, storage: Storage) -> None:
    bucket = storage.bucket(versioning=True)
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"2")
    source = {"Bucket": bucket, "Key": "k", "VersionId": first}
    copied = s3.copy_object(Bucket=bucket, Key="k", CopySource=source)
    assert copied["CopySourceVersionId"] == first
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_what_is_written_while_suspended_replaces_only_itself(s3: Any, storage: Storage) -> None:
    bucket = storage.bucket()
    s3.put_object(Bucket=bucket, Key="k", Body=b"0")
    for status, body in (("Enabled", b"1"), ("Suspended", b"2"), ("Suspended", b"3")):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})
        s3.put_object(Bucket=bucket, Key="k", Body=body)
    found = s3.list_object_versions(Bucket=bucket)["Versions"]
    bodies = [
        s3.get_object(Bucket=bucket, Key="k", VersionId=one["VersionId"])["Body"].read()
        for one in found
    ]
    assert bodies == [b"3", b"1"]
    assert found[0]["VersionId"] == "null"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"


def test_a_condition_sees_the_latest_version_only(s3: Any, storage: Storage) -> None:
    bucket = storage.bucket(versioning=True)
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="k")
    s3.put_object(Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"2"
