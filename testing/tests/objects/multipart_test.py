"""Uploads in parts become one object, all or not at all."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest

FIVE = b"5" * (5 << 20)


class Upload:
    """An upload in progress."""

    def __init__(self, s3: Any, bucket: str, key: str = "k", **more: Any) -> None:
        self.s3 = s3
        self.at = {"Bucket": bucket, "Key": key}
        self.at["UploadId"] = s3.create_multipart_upload(**self.at, **more)["UploadId"]

    def part(self, number: int, body: bytes, **more: Any) -> dict[str, Any]:
        """Send a part; give what completion wants to know."""
        sent = self.s3.upload_part(**self.at, PartNumber=number, Body=body, **more)
        return {"PartNumber": number, "ETag": sent["ETag"]}

    def complete(self, *parts: dict[str, Any], **more: Any) -> Any:
        """Complete it."""
        return self.s3.complete_multipart_upload(
            **self.at, MultipartUpload={"Parts": parts}, **more
        )


def test_the_object_is_its_parts_and_its_etag_tells_how_many(s3: Any, bucket: str) -> None:
    upload = Upload(s3, bucket, ContentType="text/x", Metadata={"a": "1"})
    parts = [upload.part(1, FIVE), upload.part(7, b"tail")]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    done = upload.complete(*parts)
    digests = hashlib.md5(FIVE).digest() + hashlib.md5(b"tail").digest()
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
    found = s3.get_object(Bucket=bucket, Key="k")
    assert found["Body"].read() == FIVE + b"tail"
    assert (found["ContentType"], found["Metadata"]) == ("text/x", {"a": "1"})
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (b"tail", 2)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_parts_are_listed_and_replaced(s3: Any, bucket: str) -> None:
    upload = Upload(s3, bucket)
    upload.part(1, b"old")
    parts = [upload.part(number, b"%d" % number) for number in (3, 1, 2)]
    listed = s3.list_parts(**upload.at)["Parts"]
    assert [(one["PartNumber"], one["Size"]) for one in listed] == [(1, 1), (2, 1), (3, 1)]
    page = s3.list_parts(**upload.at, MaxParts=2)
    assert (page["IsTruncated"], page["NextPartNumberMarker"]) == (True, 2)
    rest = s3.list_parts(**upload.at, PartNumberMarker=2)["Parts"]
    assert [one["PartNumber"] for one in rest] == [3]
    upload.complete(parts[1])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_an_aborted_upload_is_gone(s3: Any, bucket: str, fails: Any) -> None:
    upload = Upload(s3, bucket)
    part = upload.part(1, b"x")
    assert len(s3.list_multipart_uploads(Bucket=bucket)["Uploads"]) == 1
    s3.abort_multipart_upload(**upload.at)
    assert fails(s3.list_parts, **upload.at) == "NoSuchUpload"
    assert fails(lambda: upload.complete(part)) == "NoSuchUpload"
    assert fails(s3.head_object, Bucket=bucket, Key="k") == "404"


def test_a_completion_that_cannot_be_leaves_the_upload_as_it_was(
    s3: Any, bucket: str, fails: Any
) -> None:
    upload = Upload(s3, bucket)
    small, last = upload.part(1, b"small"), upload.part(2, b"x")
    wrong = {"PartNumber": 1, "ETag": '"00000000000000000000000000000000"'}
    assert fails(lambda: upload.complete(small, last)) == "EntityTooSmall"
    assert fails(lambda: upload.complete(last, small)) == "InvalidPartOrder"
    assert fails(lambda: upload.complete(wrong)) == "InvalidPart"
    assert fails(lambda: upload.complete({"PartNumber": 9, "ETag": last["ETag"]})) == "InvalidPart"
    assert fails(lambda: upload.complete()) == "MalformedXML"
    assert fails(s3.upload_part, **upload.at, PartNumber=10_001, Body=b"") == "InvalidArgument"
    upload.complete(small)


def test_completing_twice_is_completing_once(s3: Any, bucket: str) -> None:
    upload = Upload(s3, bucket)
    part = upload.part(1, b"x")
    first = upload.complete(part)
    again = upload.complete(part)
    assert first["ETag"] == again["ETag"]


def test_a_condition_is_held_at_completion(s3: Any, bucket: str, fails: Any) -> None:
    upload = Upload(s3, bucket)
    part = upload.part(1, b"late")
    s3.put_object(Bucket=bucket, Key="k", Body=b"early")
    assert fails(lambda: upload.complete(part, IfNoneMatch="*")) == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"early"


def test_a_part_may_be_a_piece_of_another_object(s3: Any, bucket: str, fails: Any) -> None:
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789")
    upload = Upload(s3, bucket)
    copy = {"PartNumber": 1, "CopySource": {"Bucket": bucket, "Key": "source"}}
    copied = s3.upload_part_copy(**upload.at, **copy, CopySourceRange="bytes=2-4")
    upload.complete({"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"234"
    late = Upload(s3, bucket)
    assert fails(s3.upload_part_copy, **late.at, **copy, CopySourceRange="bytes=5-10") == (
        "InvalidArgument"
    )


def test_a_large_file_goes_up_and_comes_down_in_parallel(s3: Any, bucket: str) -> None:
    content = bytes(range(256)) * (12 << 12)
    s3.upload_fileobj(io.BytesIO(content), bucket, "large")
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].endswith('-2"')
    got = io.BytesIO()
    s3.download_fileobj(bucket, "large", got)
    assert got.getvalue() == content


@pytest.mark.parametrize("kind", ["COMPOSITE", "FULL_OBJECT"])
def test_a_checksum_covers_the_whole(s3: Any, bucket: str, fails: Any, kind: str) -> None:
    import base64
    import zlib

    upload = Upload(s3, bucket, ChecksumAlgorithm="CRC32", ChecksumType=kind)
    parts = []
    for number, body in ((1, FIVE), (2, b"tail")):
        sent = s3.upload_part(**upload.at, PartNumber=number, Body=body, ChecksumAlgorithm="CRC32")
        parts.append(
            {"PartNumber": number, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]}
        )
    wrong = (
        {"ChecksumCRC32": "AAAAAA=="} if kind == "FULL_OBJECT" else {"ChecksumCRC32": "AAAAAA==-2"}
    )
    assert fails(lambda: upload.complete(*parts, ChecksumType=kind, **wrong)) == "BadDigest"
    upload.complete(*parts)
    found = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert found["ChecksumType"] == kind
    if kind == "FULL_OBJECT":
        crc = zlib.crc32(FIVE + b"tail").to_bytes(4, "big")
        assert found["ChecksumCRC32"] == base64.b64encode(crc).decode()
    else:
        assert found["ChecksumCRC32"].endswith("-2")
