"""Listings of a bucket, page by page: objects (both versions of the call), versions, uploads."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from urllib.parse import quote

from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.model import Bucket, Upload, Version
from belljar.mocks.storage.requests import Call
from belljar.mocks.storage.xml import Value, timestamp

__all__ = ["OWNER", "objects_1", "objects_2", "uploads", "versions"]

OWNER = {"ID": "belljar", "DisplayName": "belljar"}
_LARGEST = 1000


def objects_1(call: Call, bucket: Bucket) -> Value:
    """Return the answer to ListObjects."""
    quoted = _quoting(call)
    delimiter = call.query.get("delimiter", "")
    marker = call.query.get("marker", "")
    contents, prefixes, last, more = _page(call, bucket, marker)
    return {
        **_head(call, bucket, quoted),
        "Marker": quoted(marker),
        "NextMarker": quoted(last) if more and delimiter else None,
        "IsTruncated": more,
        "Contents": [_entry(version, quoted, owner=True) for version in contents],
        "CommonPrefixes": [{"Prefix": quoted(prefix)} for prefix in prefixes],
    }


def objects_2(call: Call, bucket: Bucket) -> Value:
    """Return the answer to ListObjectsV2."""
    quoted = _quoting(call)
    token = call.query.get("continuation-token")
    after = call.query.get("start-after", "")
    if token is not None:
        try:
            start = base64.urlsafe_b64decode(token.encode()).decode()
        except (binascii.Error, ValueError):
            start = ""
        if not start.startswith("belljar:"):
            raise S3Error("InvalidArgument", "The continuation token provided is incorrect")
        start = start.removeprefix("belljar:")
    else:
        start = after
    contents, prefixes, last, more = _page(call, bucket, start)
    owner = call.query.get("fetch-owner") == "true"
    following = base64.urlsafe_b64encode(f"belljar:{last}".encode()).decode()
    return {
        **_head(call, bucket, quoted),
        "StartAfter": quoted(after) if after else None,
        "ContinuationToken": token,
        "NextContinuationToken": following if more else None,
        "KeyCount": len(contents) + len(prefixes),
        "IsTruncated": more,
        "Contents": [_entry(version, quoted, owner=owner) for version in contents],
        "CommonPrefixes": [{"Prefix": quoted(prefix)} for prefix in prefixes],
    }


def _page(call: Call, bucket: Bucket, start: str) -> tuple[list[Version], list[str], str, bool]:
    """Return the objects and common prefixes after `start`, the last of both, whether there are more."""
    limit = call.number("max-keys", _LARGEST, _LARGEST)
    prefix = call.query.get("prefix", "")
    delimiter = call.query.get("delimiter", "")
    contents: list[Version] = []
    prefixes: list[str] = []
    last = ""
    for version in bucket.current():
        key = version.key
        if not key.startswith(prefix) or key <= start:
            continue
        common = _common(key, prefix, delimiter)
        # What is behind a prefix that was listed already, on this page or the one before.
        if common and (common == last or (start.startswith(common) and start >= common)):
            continue
        if len(contents) + len(prefixes) >= limit:
            return contents, prefixes, last, limit > 0
        if common:
            prefixes.append(common)
        else:
            contents.append(version)
        last = common or key
    return contents, prefixes, last, False


def _common(key: str, prefix: str, delimiter: str) -> str:
    if not delimiter:
        return ""
    end = key.find(delimiter, len(prefix))
    return key[: end + len(delimiter)] if end >= 0 else ""


def _quoting(call: Call) -> Callable[[str], str]:
    encoding = call.query.get("encoding-type", "")
    if encoding not in ("", "url"):
        raise S3Error("InvalidArgument", "Invalid Encoding Method specified in Request")
    return (lambda text: quote(text, safe="/-_.~")) if encoding else (lambda text: text)


def _head(call: Call, bucket: Bucket, quoted: Callable[[str], str]) -> dict[str, Value]:
    delimiter = call.query.get("delimiter", "")
    return {
        "Name": bucket.name,
        "Prefix": quoted(call.query.get("prefix", "")),
        "MaxKeys": call.number("max-keys", _LARGEST, _LARGEST),
        "Delimiter": quoted(delimiter) if delimiter else None,
        "EncodingType": call.query.get("encoding-type") or None,
    }


def _entry(version: Version, quoted: Callable[[str], str], *, owner: bool) -> Value:
    return {
        "Key": quoted(version.key),
        "LastModified": timestamp(version.modified),
        "ETag": version.etag,
        "ChecksumAlgorithm": sorted(version.checksums),
        "ChecksumType": version.checksum_type if version.checksums else None,
        "Size": len(version.content),
        "StorageClass": version.storage_class,
        "Owner": OWNER if owner else None,
    }


def versions(call: Call, bucket: Bucket) -> Value:
    """Return the answer to ListObjectVersions."""
    quoted = _quoting(call)
    limit = call.number("max-keys", _LARGEST, _LARGEST)
    key_marker = call.query.get("key-marker", "")
    id_marker = call.query.get("version-id-marker", "")
    prefix = call.query.get("prefix", "")
    delimiter = call.query.get("delimiter", "")
    found: list[Version] = []
    prefixes: list[str] = []
    last: tuple[str, str] = ("", "")
    more = False
    for key in bucket.ordered_keys():
        if not key.startswith(prefix) or key < key_marker or (key == key_marker and not id_marker):
            continue
        common = _common(key, prefix, delimiter)
        if common and (common == last[0] or key_marker.startswith(common)):
            continue
        stack = bucket.versions(key)
        if key == key_marker:
            ids = [version.version_id for version in stack]
            stack = stack[ids.index(id_marker) + 1 :] if id_marker in ids else stack
        for version in stack:
            if len(found) + len(prefixes) >= limit:
                more = limit > 0
                break
            last = (common, "") if common else (key, version.version_id)
            if common:
                prefixes.append(common)
                break
            found.append(version)
        if more:
            break
    newest = {key: bucket.versions(key)[0] for key in {version.key for version in found}}
    entries: list[tuple[str, Value]] = []
    for version in found:
        entry = {
            **_entry_of_version(version, quoted),
            "VersionId": version.version_id,
            "IsLatest": newest[version.key] is version,
        }
        entries.append(("DeleteMarker" if version.marker else "Version", entry))
    return {
        **_head(call, bucket, quoted),
        "KeyMarker": quoted(key_marker),
        "VersionIdMarker": id_marker,
        "NextKeyMarker": quoted(last[0]) if more else None,
        "NextVersionIdMarker": (last[1] or None) if more else None,
        "IsTruncated": more,
        # Clients gather each kind by itself, in the order in which it comes.
        "Version": [entry for kind, entry in entries if kind == "Version"],
        "DeleteMarker": [entry for kind, entry in entries if kind == "DeleteMarker"],
        "CommonPrefixes": [{"Prefix": quoted(one)} for one in prefixes],
    }


def _entry_of_version(version: Version, quoted: Callable[[str], str]) -> dict[str, Value]:
    entry = _entry(version, quoted, owner=True)
    assert isinstance(entry, dict)
    if version.marker:
        return {name: entry[name] for name in ("Key", "LastModified", "Owner")}
    return entry


def uploads(call: Call, bucket: Bucket) -> Value:
    """Return the answer to ListMultipartUploads."""
    quoted = _quoting(call)
    limit = call.number("max-uploads", _LARGEST, _LARGEST)
    prefix = call.query.get("prefix", "")
    delimiter = call.query.get("delimiter", "")
    marker = (call.query.get("key-marker", ""), call.query.get("upload-id-marker", ""))
    ordered = sorted(bucket.uploads.values(), key=lambda one: (one.key, one.started, one.upload_id))
    past = not marker[0]
    found: list[Upload] = []
    prefixes: list[str] = []
    last = None
    more = False
    for upload in ordered:
        if not past:
            if marker[1] and (upload.key, upload.upload_id) == marker:
                past = True
                continue
            past = upload.key > marker[0]
            if not past:
                continue
        if not upload.key.startswith(prefix):
            continue
        common = _common(upload.key, prefix, delimiter)
        if common and (common in prefixes or marker[0].startswith(common)):
            continue
        if len(found) + len(prefixes) >= limit:
            more = limit > 0
            break
        if common:
            prefixes.append(common)
        else:
            found.append(upload)
        last = upload
    return {
        "Bucket": bucket.name,
        "KeyMarker": quoted(marker[0]),
        "UploadIdMarker": marker[1],
        "NextKeyMarker": quoted(last.key) if more and last else None,
        "NextUploadIdMarker": last.upload_id if more and last else None,
        "Prefix": quoted(prefix),
        "Delimiter": quoted(delimiter) if delimiter else None,
        "EncodingType": call.query.get("encoding-type") or None,
        "MaxUploads": limit,
        "IsTruncated": more,
        "Upload": [
            {
                "Key": quoted(upload.key),
                "UploadId": upload.upload_id,
                "Initiator": OWNER,
                "Owner": OWNER,
                "StorageClass": upload.draft.storage_class,
                "Initiated": timestamp(upload.started),
                "ChecksumAlgorithm": upload.algorithm or None,
                "ChecksumType": upload.checksum_type or None,
            }
            for upload in found
        ],
        "CommonPrefixes": [{"Prefix": quoted(one)} for one in prefixes],
    }
