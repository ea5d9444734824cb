"""What a namespace of the object store holds: buckets, versions of objects, uploads in parts.

Pure state: no protocol, no clock of its own, no lock: the server answers one request
after the other.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from belljar.mocks.storage.errors import S3Error

__all__ = ["NULL", "Bucket", "Part", "Space", "Upload", "Version"]

# The version id of what was written without versioning.
NULL = "null"


@dataclass
class Version:
    """One version of an object, or a delete marker."""

    key: str
    modified: datetime
    version_id: str = NULL
    content: bytes = b""
    etag: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    """Content-Type and its like, by lower-case name."""
    metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    checksum_type: str = "FULL_OBJECT"
    storage_class: str = "STANDARD"
    parts: tuple[int, ...] = ()
    """The sizes of the parts it was uploaded in; none for one that came whole."""
    marker: bool = False


@dataclass
class Part:
    """One part of an upload."""

    number: int
    content: bytes
    etag: str
    modified: datetime
    checksums: dict[str, str] = field(default_factory=dict)


@dataclass
class Upload:
    """An upload in parts that has begun; `draft` is what it shall become."""

    upload_id: str
    key: str
    started: datetime
    draft: Version
    algorithm: str = ""
    checksum_type: str = ""
    parts: dict[int, Part] = field(default_factory=dict)


@dataclass
class Bucket:
    """A bucket; `settings` are documents that are kept and given back, not acted on."""

    name: str
    created: datetime
    region: str
    versioning: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    settings: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    completed: dict[str, tuple[str, tuple[int, ...], Version]] = field(default_factory=dict)
    """Upload id -> key, part numbers, what it became: a repeated completion gets the same answer."""
    _objects: dict[str, list[Version]] = field(default_factory=dict)

    def ordered_keys(self) -> list[str]:
        """Return the keys in order, also those whose latest version is a delete marker."""
        return sorted(self._objects)

    def versions(self, key: str) -> list[Version]:
        """Return the versions of a key, the latest first."""
        return self._objects.get(key, [])[::-1]

    def latest(self, key: str) -> Version | None:
        """Return the object under a key, or nothing where there is none or it is deleted."""
        stack = self._objects.get(key)
        return stack[-1] if stack and not stack[-1].marker else None

    def current(self) -> Iterator[Version]:
        """Yield the objects, in the order of their keys."""
        for key in self.ordered_keys():
            if version := self.latest(key):
                yield version

    def find(self, key: str, version_id: str = "") -> Version:
        """Return the object or the version asked for. Raises what S3 would answer."""
        stack = self._objects.get(key, [])
        if version_id:
            for version in stack:
                if version.version_id == version_id:
                    return version
            raise S3Error("NoSuchVersion", extra={"Key": key, "VersionId": version_id})
        if not stack:
            raise S3Error("NoSuchKey", extra={"Key": key})
        if stack[-1].marker:
            raise S3Error(
                "NoSuchKey",
                extra={"Key": key},
                headers={
                    "x-amz-delete-marker": "true",
                    "x-amz-version-id": stack[-1].version_id,
                },
            )
        return stack[-1]

    def add(self, version: Version) -> Version:
        """Make it the latest of its key, under the id that the bucket's versioning asks for."""
        version.version_id = secrets.token_hex(16) if self.versioning == "Enabled" else NULL
        stack = self._objects.setdefault(version.key, [])
        if version.version_id == NULL:
            stack[:] = [other for other in stack if other.version_id != NULL]
        stack.append(version)
        return version

    def remove(self, key: str, version_id: str, now: datetime) -> Version | None:
        """Delete as S3 does; return the delete marker that was made or removed, or the version."""
        stack = self._objects.get(key, [])
        if version_id:
            gone = next((one for one in stack if one.version_id == version_id), None)
            if gone:
                stack.remove(gone)
                self._forget(key)
            return gone
        if self.versioning:
            return self.add(Version(key, now, marker=True))
        gone = stack[-1] if stack else None
        self._objects.pop(key, None)
        return gone

    def upload(self, upload_id: str, key: str) -> Upload:
        """Return an upload in progress. Raises `S3Error`."""
        found = self.uploads.get(upload_id)
        if found is None or found.key != key:
            raise S3Error("NoSuchUpload", extra={"UploadId": upload_id})
        return found

    @property
    def empty(self) -> bool:
        """Whether it has no version and no delete marker."""
        return not self._objects

    def _forget(self, key: str) -> None:
        if not self._objects.get(key):
            self._objects.pop(key, None)


@dataclass
class Space:
    """The buckets of one namespace."""

    name: str
    buckets: dict[str, Bucket] = field(default_factory=dict)
    offset: timedelta = timedelta()
    """How far its clock is ahead."""

    def bucket(self, name: str) -> Bucket:
        """Return a bucket. Raises `S3Error`."""
        if name not in self.buckets:
            raise S3Error("NoSuchBucket", extra={"BucketName": name})
        return self.buckets[name]
