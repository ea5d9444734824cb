"""What every write shares: a version from the headers of a request, and the headers of its answer."""

from __future__ import annotations

from urllib.parse import parse_qsl

from belljar.mocks.storage import checksums
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.model import Bucket, Version
from belljar.mocks.storage.requests import Call

__all__ = ["KEPT", "check_tags", "draft", "parse_tags", "told", "written"]

# Headers that belong to the object and come back with it.
KEPT = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-server-side-encryption",
    "x-amz-website-redirect-location",
)
_META = "x-amz-meta-"
_KEY_BYTES = 1024
_META_BYTES = 2048


def draft(call: Call) -> Version:
    """Return what a request says of the object that it makes, still without content."""
    if len(call.key.encode()) > _KEY_BYTES:
        raise S3Error(
            "KeyTooLongError",
            extra={"Size": str(len(call.key.encode())), "MaxSizeAllowed": str(_KEY_BYTES)},
        )
    metadata = {
        name.removeprefix(_META): value
        for name, value in call.headers.items()
        if name.startswith(_META)
    }
    size = sum(len(name) + len(value) for name, value in metadata.items())
    if size > _META_BYTES:
        raise S3Error(
            "MetadataTooLarge", extra={"Size": str(size), "MaxSizeAllowed": str(_META_BYTES)}
        )
    headers = {name: call.headers[name] for name in KEPT if name in call.headers}
    headers.setdefault("content-type", "binary/octet-stream")
    return Version(
        call.key,
        call.now,
        headers=headers,
        metadata=metadata,
        tags=parse_tags(call.header("x-amz-tagging")),
        storage_class=call.header("x-amz-storage-class", "STANDARD"),
    )


def parse_tags(text: str) -> dict[str, str]:
    """Return the tags of a header, which are written as a query. Raises `S3Error`."""
    pairs = parse_qsl(text, keep_blank_values=True)
    return check_tags(pairs, 10)


def check_tags(pairs: list[tuple[str, str]], most: int) -> dict[str, str]:
    """Return the tags, if they keep S3's rules. Raises `S3Error`."""
    if len(pairs) > most:
        raise S3Error("BadRequest", f"Object tags cannot be greater than {most}")
    if len({name for name, _ in pairs}) < len(pairs):
        raise S3Error("InvalidTag", "Cannot provide multiple Tags with the same key")
    for name, value in pairs:
        if not 0 < len(name) <= 128:
            raise S3Error("InvalidTag", "The TagKey you have provided is invalid")
        if len(value) > 256:
            raise S3Error("InvalidTag", "The TagValue you have provided is invalid")
    return dict(pairs)


def written(bucket: Bucket, version: Version) -> dict[str, str]:
    """Return the headers that answer a write."""
    headers = {"ETag": version.etag} | told(version)
    if bucket.versioning:
        headers["x-amz-version-id"] = version.version_id
    if encryption := version.headers.get("x-amz-server-side-encryption"):
        headers["x-amz-server-side-encryption"] = encryption
    return headers


def told(version: Version) -> dict[str, str]:
    """Return the checksums as headers."""
    headers = {checksums.HEADER + name.lower(): value for name, value in version.checksums.items()}
    if headers:
        headers["x-amz-checksum-type"] = version.checksum_type
    return headers
