"""Objects: written whole, and read whole, in part, or by their headers alone."""

from __future__ import annotations

import re

from belljar.mocks.storage import checksums, xml
from belljar.mocks.storage.conditions import NotModified, check_read, check_write
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.model import Space, Version
from belljar.mocks.storage.operations.copying import copy_object
from belljar.mocks.storage.operations.registry import operation
from belljar.mocks.storage.operations.writing import draft, told, written
from belljar.mocks.storage.requests import Answer, Call, http_date

__all__: list[str] = []

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")
_OVERRIDES = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)


@operation("PutObject", "PUT", "object")
def put_object(call: Call, space: Space) -> Answer:
    """Write an object, if its checksum is right and its conditions hold."""
    bucket = space.bucket(call.bucket)
    if "x-amz-copy-source" in call.headers:
        return copy_object(call, space)
    version = draft(call)
    version.checksums = checksums.verify(call.headers, call.body)
    check_write(call, bucket, call.key)
    version.content = call.body
    version.etag = checksums.etag_of(call.body)
    bucket.add(version)
    return Answer(headers=written(bucket, version))


@operation("GetObject", "GET", "object")
def get_object(call: Call, space: Space) -> Answer:
    """Give an object, or the part of it that was asked for."""
    bucket = space.bucket(call.bucket)
    version = bucket.find(call.key, call.query.get("versionId", ""))
    if version.marker:
        raise S3Error(
            "MethodNotAllowed",
            extra={"Method": call.method, "ResourceType": "DeleteMarker"},
            headers={
                "Allow": "DELETE",
                "x-amz-delete-marker": "true",
                "x-amz-version-id": version.version_id,
                "Last-Modified": http_date(version.modified),
            },
        )
    headers = {"ETag": version.etag, "Last-Modified": http_date(version.modified)}
    if bucket.versioning:
        headers["x-amz-version-id"] = version.version_id
    try:
        check_read(call, version)
    except NotModified:
        return Answer(304, headers)
    headers |= version.headers
    headers |= {f"x-amz-meta-{name}": value for name, value in version.metadata.items()}
    headers["Accept-Ranges"] = "bytes"
    if version.tags:
        headers["x-amz-tagging-count"] = str(len(version.tags))
    if version.storage_class != "STANDARD":
        headers["x-amz-storage-class"] = version.storage_class
    for name in _OVERRIDES:
        if value := call.query.get(f"response-{name}"):
            headers[name] = value
    status, content = 200, version.content
    if span := _span(call, version, headers):
        start, end = span
        status, content = 206, content[start:end]
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(version.content)}"
    elif call.header("x-amz-checksum-mode").upper() == "ENABLED":
        headers |= told(version)
    return Answer(status, headers, content)


@operation("HeadObject", "HEAD", "object")
def head_object(call: Call, space: Space) -> Answer:
    """Give the headers; the server leaves the content out."""
    return get_object(call, space)


def _span(call: Call, version: Version, headers: dict[str, str]) -> tuple[int, int] | None:
    """Return where the part that is asked for begins and ends; None: all of it."""
    size = len(version.content)
    if "partNumber" in call.query:
        number = call.number("partNumber", 0, 10_000)
        sizes = version.parts or (size,)
        if not 1 <= number <= len(sizes):
            raise S3Error("InvalidPartNumber", extra={"PartNumberRequested": str(number)})
        if version.parts:
            headers["x-amz-mp-parts-count"] = str(len(sizes))
        start = sum(sizes[: number - 1])
        return (start, start + sizes[number - 1]) if size else None
    match = _RANGE.fullmatch(call.header("range").replace(" ", ""))
    # Several ranges, other units and nonsense are ignored, as S3 does.
    if match is None or not (match[1] or match[2]):
        return None
    if match[1]:
        start = int(match[1])
        end = min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    else:
        start, end = max(0, size - int(match[2])), size
    if start >= size or start >= end:
        raise S3Error(
            "InvalidRange",
            extra={"RangeRequested": call.header("range"), "ActualObjectSize": str(size)},
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, end


@operation("GetObjectAttributes", "GET", "object", "attributes")
def get_attributes(call: Call, space: Space) -> Answer:
    """Tell what is asked of an object: ETag, checksum, parts, class, size."""
    bucket = space.bucket(call.bucket)
    version = bucket.find(call.key, call.query.get("versionId", ""))
    if version.marker:
        raise S3Error("MethodNotAllowed", headers={"x-amz-delete-marker": "true"})
    wanted = {one.strip() for one in call.header("x-amz-object-attributes").split(",")}
    sums: dict[str, xml.Value] = {
        f"Checksum{name}": value for name, value in version.checksums.items()
    }
    known: dict[str, xml.Value] = {
        "ETag": version.etag.strip('"'),
        "Checksum": {**sums, "ChecksumType": version.checksum_type} if sums else None,
        "ObjectParts": {"TotalPartsCount": len(version.parts)} if version.parts else None,
        "StorageClass": version.storage_class,
        "ObjectSize": len(version.content),
    }
    headers = {"Last-Modified": http_date(version.modified)}
    if bucket.versioning:
        headers["x-amz-version-id"] = version.version_id
    shown = {name: value for name, value in known.items() if name in wanted}
    return Answer(headers=headers, body=xml.render("GetObjectAttributesResponse", shown))
