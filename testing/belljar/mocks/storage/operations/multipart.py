"""Uploads in parts: begun, fed, listed, aborted, and completed all or not at all."""

from __future__ import annotations

import hashlib
import re
import secrets

from belljar.mocks.storage import checksums, xml
from belljar.mocks.storage.conditions import check_write
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.listing import OWNER
from belljar.mocks.storage.model import Bucket, Part, Space, Upload, Version
from belljar.mocks.storage.operations.copying import copied_part
from belljar.mocks.storage.operations.registry import operation
from belljar.mocks.storage.operations.writing import draft, written
from belljar.mocks.storage.requests import Answer, Call

__all__: list[str] = []

# Of every part but the last.
SMALLEST = 5 << 20
MOST = 10_000
_KINDS = ("COMPOSITE", "FULL_OBJECT")


@operation("CreateMultipartUpload", "POST", "object", "uploads")
def create_upload(call: Call, space: Space) -> Answer:
    """Begin an upload; what the headers say is for the object to come."""
    bucket = space.bucket(call.bucket)
    algorithm = call.header("x-amz-checksum-algorithm").upper()
    kind = call.header("x-amz-checksum-type").upper()
    if algorithm:
        checksums.checksum(algorithm, b"")  # refuses what it does not know
        kind = kind or ("FULL_OBJECT" if algorithm == "CRC64NVME" else "COMPOSITE")
        impossible = {"SHA1": "FULL_OBJECT", "SHA256": "FULL_OBJECT", "CRC64NVME": "COMPOSITE"}
        if kind not in _KINDS or impossible.get(algorithm) == kind:
            raise S3Error(
                "InvalidRequest",
                f"The {kind} checksum type cannot be used with the {algorithm.lower()} checksum algorithm.",
            )
    upload = Upload(secrets.token_urlsafe(48), call.key, call.now, draft(call), algorithm, kind)
    bucket.uploads[upload.upload_id] = upload
    headers = {}
    if algorithm:
        headers = {"x-amz-checksum-algorithm": algorithm, "x-amz-checksum-type": kind}
    body = {"Bucket": bucket.name, "Key": call.key, "UploadId": upload.upload_id}
    return Answer(headers=headers, body=xml.render("InitiateMultipartUploadResult", body))


@operation("UploadPart", "PUT", "object", "uploadId")
def upload_part(call: Call, space: Space) -> Answer:
    """Take a part; one of the same number takes the place of the former."""
    upload = space.bucket(call.bucket).upload(call.query["uploadId"], call.key)
    number = call.number("partNumber", 0, MOST + 1)
    if not 1 <= number <= MOST:
        raise S3Error(
            "InvalidArgument",
            f"Part number must be an integer between 1 and {MOST}, inclusive",
            extra={"ArgumentName": "partNumber"},
        )
    copy = "x-amz-copy-source" in call.headers
    content, headers = copied_part(call, space) if copy else (call.body, {})
    sums = {} if copy else checksums.verify(call.headers, content)
    if upload.algorithm and upload.algorithm not in sums:
        if sums:
            raise S3Error(
                "InvalidRequest",
                f"Checksum Type mismatch occurred, expected checksum Type: {upload.algorithm.lower()}, "
                f"actual checksum Type: {next(iter(sums)).lower()}",
            )
        sums = {upload.algorithm: checksums.checksum(upload.algorithm, content)}
    part = Part(number, content, checksums.etag_of(content), call.now, sums)
    upload.parts[number] = part
    if copy:
        result = {"ETag": part.etag, "LastModified": xml.timestamp(part.modified)}
        return Answer(headers=headers, body=xml.render("CopyPartResult", result))
    told = {checksums.HEADER + name.lower(): value for name, value in sums.items()}
    return Answer(headers={"ETag": part.etag} | told)


@operation("ListParts", "GET", "object", "uploadId")
def list_parts(call: Call, space: Space) -> Answer:
    """List the parts that have come."""
    bucket = space.bucket(call.bucket)
    upload = bucket.upload(call.query["uploadId"], call.key)
    limit = call.number("max-parts", 1000, 1000)
    marker = call.number("part-number-marker", 0, MOST)
    found = [part for number, part in sorted(upload.parts.items()) if number > marker]
    page = found[:limit]
    more = len(found) > len(page) > 0
    body: dict[str, xml.Value] = {
        "Bucket": bucket.name,
        "Key": upload.key,
        "UploadId": upload.upload_id,
        "Initiator": OWNER,
        "Owner": OWNER,
        "StorageClass": upload.draft.storage_class,
        "ChecksumAlgorithm": upload.algorithm or None,
        "ChecksumType": upload.checksum_type or None,
        "PartNumberMarker": marker,
        "NextPartNumberMarker": page[-1].number if page else marker,
        "MaxParts": limit,
        "IsTruncated": more,
        "Part": [
            {
                "PartNumber": part.number,
                "LastModified": xml.timestamp(part.modified),
                "ETag": part.etag,
                "Size": len(part.content),
                **{f"Checksum{name}": value for name, value in part.checksums.items()},
            }
            for part in page
        ],
    }
    return Answer(body=xml.render("ListPartsResult", body))


@operation("AbortMultipartUpload", "DELETE", "object", "uploadId")
def abort_upload(call: Call, space: Space) -> Answer:
    """Drop an upload and its parts."""
    bucket = space.bucket(call.bucket)
    del bucket.uploads[bucket.upload(call.query["uploadId"], call.key).upload_id]
    return Answer(204)


@operation("CompleteMultipartUpload", "POST", "object", "uploadId")
def complete_upload(call: Call, space: Space) -> Answer:
    """Make the object of the parts that are named; the same again gives the same answer."""
    bucket = space.bucket(call.bucket)
    upload_id = call.query["uploadId"]
    root = xml.parse(call.body, "CompleteMultipartUpload")
    listed = xml.children(root, "Part")
    numbers = tuple(_number(xml.text_of(one, "PartNumber")) for one in listed)
    if not listed:
        raise S3Error("MalformedXML")
    # A client whose answer was lost asks again, and S3 says yes again.
    if (done := bucket.completed.get(upload_id)) and done[:2] == (call.key, numbers):
        return _completed(call, bucket, done[2])
    upload = bucket.upload(upload_id, call.key)
    if list(numbers) != sorted(set(numbers)):
        raise S3Error("InvalidPartOrder", extra={"UploadId": upload_id})
    parts = []
    for number, one in zip(numbers, listed, strict=True):
        parts.append(_checked(upload, number, one))
    for part in parts[:-1]:
        if len(part.content) < SMALLEST:
            raise S3Error(
                "EntityTooSmall",
                extra={
                    "ProposedSize": str(len(part.content)),
                    "MinSizeAllowed": str(SMALLEST),
                    "PartNumber": str(part.number),
                    "ETag": part.etag.strip('"'),
                },
            )
    size = sum(len(part.content) for part in parts)
    told = call.header("x-amz-mp-object-size")
    if told and told != str(size):
        raise S3Error(
            "InvalidRequest", f"The provided object size {told} is not that of the parts, {size}"
        )
    check_write(call, bucket, call.key)
    version = upload.draft
    version.modified = call.now
    version.content = b"".join(part.content for part in parts)
    version.parts = tuple(len(part.content) for part in parts)
    digests = b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts)
    digest = hashlib.md5(digests, usedforsecurity=False).hexdigest()
    version.etag = f'"{digest}-{len(parts)}"'
    _sum(call, upload, version, parts)
    bucket.add(version)
    del bucket.uploads[upload_id]
    bucket.completed[upload_id] = (call.key, numbers, version)
    return _completed(call, bucket, version)


def _number(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text):
        raise S3Error("MalformedXML")
    return int(text)


def _checked(upload: Upload, number: int, listed: xml.Element) -> Part:
    part = upload.parts.get(number)
    etag = xml.text_of(listed, "ETag").strip('"')
    wrong = part is None or etag != part.etag.strip('"')
    for name, value in part.checksums.items() if part else ():
        wrong = wrong or xml.text_of(listed, f"Checksum{name}", value) != value
    if part is None or wrong:
        raise S3Error(
            "InvalidPart",
            extra={"UploadId": upload.upload_id, "PartNumber": str(number), "ETag": etag},
        )
    return part


def _sum(call: Call, upload: Upload, version: Version, parts: list[Part]) -> None:
    """Give the object its checksum, if the upload has an algorithm. Raises `S3Error`."""
    if not upload.algorithm:
        return
    algorithm, version.checksum_type = upload.algorithm, upload.checksum_type
    if version.checksum_type == "FULL_OBJECT":
        value = checksums.checksum(algorithm, version.content)
    else:
        value = checksums.composite(algorithm, [part.checksums[algorithm] for part in parts])
    told = checksums.declared(call.headers).get(algorithm, value)
    if told.partition("-")[0] != value.partition("-")[0]:
        raise S3Error(
            "BadDigest",
            f"The {algorithm.lower()} you specified did not match the calculated checksum.",
        )
    version.checksums = {algorithm: value}


def _completed(call: Call, bucket: Bucket, version: Version) -> Answer:
    body = {
        "Location": f"http://{call.header('host')}/{bucket.name}/{version.key}",
        "Bucket": bucket.name,
        "Key": version.key,
        "ETag": version.etag,
        **{f"Checksum{name}": value for name, value in version.checksums.items()},
        "ChecksumType": version.checksum_type if version.checksums else None,
    }
    headers = written(bucket, version)
    # In the body only, as S3 has it.
    headers.pop("ETag")
    return Answer(headers=headers, body=xml.render("CompleteMultipartUploadResult", body))
