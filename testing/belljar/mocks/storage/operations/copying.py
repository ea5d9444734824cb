"""Copies of objects, whole and as a part of an upload."""

from __future__ import annotations

import re
from urllib.parse import unquote

from belljar.mocks.storage import checksums, xml
from belljar.mocks.storage.conditions import check_copy, check_write
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.model import Bucket, Space, Version
from belljar.mocks.storage.operations.writing import draft, written
from belljar.mocks.storage.requests import Answer, Call

__all__ = ["copied_part", "copy_object"]


def _source(call: Call, space: Space) -> tuple[Bucket, Version]:
    place, _, query = call.header("x-amz-copy-source").partition("?")
    bucket_name, slash, key = unquote(place).removeprefix("/").partition("/")
    if not slash or not key:
        raise S3Error(
            "InvalidArgument",
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
        )
    bucket = space.bucket(bucket_name)
    version = bucket.find(key, query.removeprefix("versionId=") if query else "")
    if version.marker:
        raise S3Error(
            "InvalidRequest",
            "The source of a copy request may not specifically refer to a delete marker by version id.",
        )
    check_copy(call, version)
    return bucket, version


def _directive(call: Call, name: str) -> str:
    value = call.header(name, "COPY")
    if value not in ("COPY", "REPLACE"):
        raise S3Error("InvalidArgument", f"Unknown {name.removeprefix('x-amz-')}.")
    return value


def copy_object(call: Call, space: Space) -> Answer:
    """Copy an object, with what is said of it unless the request says it anew."""
    bucket = space.bucket(call.bucket)
    source_bucket, source = _source(call, space)
    metadata = _directive(call, "x-amz-metadata-directive")
    tags = _directive(call, "x-amz-tagging-directive")
    itself = source_bucket is bucket and source.key == call.key
    if itself and metadata == tags == "COPY" and source is bucket.latest(call.key):
        changed = {"x-amz-storage-class", "x-amz-server-side-encryption"} & set(call.headers)
        if not changed:
            raise S3Error(
                "InvalidRequest",
                "This copy request is illegal because it is trying to copy an object to itself "
                "without changing the object's metadata, storage class, website redirect location "
                "or encryption attributes.",
            )
    version = draft(call)
    check_write(call, bucket, call.key)
    if metadata == "COPY":
        version.headers, version.metadata = dict(source.headers), dict(source.metadata)
    if tags == "COPY":
        version.tags = dict(source.tags)
    version.content = source.content
    version.etag = checksums.etag_of(source.content)
    asked = call.header("x-amz-checksum-algorithm")
    version.checksums = {
        name.upper(): checksums.checksum(name, source.content)
        for name in ([asked] if asked else source.checksums)
    }
    bucket.add(version)
    headers = written(bucket, version)
    if source_bucket.versioning:
        headers["x-amz-copy-source-version-id"] = source.version_id
    return Answer(headers=headers, body=_result("CopyObjectResult", version))


def _result(root: str, version: Version) -> bytes:
    return xml.render(
        root,
        {
            "ETag": version.etag,
            "LastModified": xml.timestamp(version.modified),
            **{f"Checksum{name}": value for name, value in version.checksums.items()},
        },
    )


def copied_part(call: Call, space: Space) -> tuple[bytes, dict[str, str]]:
    """Return the bytes that a part shall have of another object, and headers of the answer."""
    bucket, source = _source(call, space)
    content = source.content
    if span := call.header("x-amz-copy-source-range"):
        match = re.fullmatch(r"bytes=([0-9]{1,18})-([0-9]{1,18})", span)
        if match is None or int(match[2]) < int(match[1]):
            raise S3Error(
                "InvalidArgument",
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first "
                "and last are the zero-based offsets of the first and last bytes to copy",
            )
        if int(match[2]) >= len(content):
            raise S3Error(
                "InvalidArgument",
                f"Range specified is not valid for source object of size: {len(content)}",
            )
        content = content[int(match[1]) : int(match[2]) + 1]
    headers = {"x-amz-copy-source-version-id": source.version_id} if bucket.versioning else {}
    return content, headers
