"""Tags of objects and of buckets."""

from __future__ import annotations

from belljar.mocks.storage import xml
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.model import Bucket, Space, Version
from belljar.mocks.storage.operations.registry import operation
from belljar.mocks.storage.operations.writing import check_tags
from belljar.mocks.storage.requests import Answer, Call

__all__: list[str] = []


def _object(call: Call, space: Space) -> tuple[Version, dict[str, str]]:
    bucket = space.bucket(call.bucket)
    version = bucket.find(call.key, call.query.get("versionId", ""))
    if version.marker:
        raise S3Error("MethodNotAllowed", extra={"ResourceType": "DeleteMarker"})
    return version, {"x-amz-version-id": version.version_id} if bucket.versioning else {}


def _render(tags: dict[str, str]) -> bytes:
    pairs = [{"Key": name, "Value": value} for name, value in tags.items()]
    return xml.render("Tagging", {"TagSet": {"Tag": pairs}})


def _parse(body: bytes, most: int) -> dict[str, str]:
    found = xml.parse(body, "Tagging").findall("TagSet/Tag")
    return check_tags([(xml.text_of(one, "Key"), xml.text_of(one, "Value")) for one in found], most)


@operation("GetObjectTagging", "GET", "object", "tagging")
def get_object_tagging(call: Call, space: Space) -> Answer:
    """Give an object's tags."""
    version, headers = _object(call, space)
    return Answer(headers=headers, body=_render(version.tags))


@operation("PutObjectTagging", "PUT", "object", "tagging")
def put_object_tagging(call: Call, space: Space) -> Answer:
    """Replace an object's tags."""
    version, headers = _object(call, space)
    version.tags = _parse(call.body, 10)
    return Answer(headers=headers)


@operation("DeleteObjectTagging", "DELETE", "object", "tagging")
def delete_object_tagging(call: Call, space: Space) -> Answer:
    """Take an object's tags away."""
    version, headers = _object(call, space)
    version.tags = {}
    return Answer(204, headers)


def _bucket(call: Call, space: Space) -> Bucket:
    return space.bucket(call.bucket)


@operation("GetBucketTagging", "GET", "bucket", "tagging")
def get_bucket_tagging(call: Call, space: Space) -> Answer:
    """Give a bucket's tags."""
    bucket = _bucket(call, space)
    if not bucket.tags:
        raise S3Error("NoSuchTagSet", extra={"BucketName": bucket.name})
    return Answer(body=_render(bucket.tags))


@operation("PutBucketTagging", "PUT", "bucket", "tagging")
def put_bucket_tagging(call: Call, space: Space) -> Answer:
    """Replace a bucket's tags."""
    _bucket(call, space).tags = _parse(call.body, 50)
    return Answer(204)


@operation("DeleteBucketTagging", "DELETE", "bucket", "tagging")
def delete_bucket_tagging(call: Call, space: Space) -> Answer:
    """Take a bucket's tags away."""
    _bucket(call, space).tags = {}
    return Answer(204)
