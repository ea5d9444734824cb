"""The calls that list what is in a bucket; how pages are cut is in `belljar.mocks.storage.listing`."""

from __future__ import annotations

from belljar.mocks.storage import listing, xml
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.model import Space
from belljar.mocks.storage.operations.registry import operation
from belljar.mocks.storage.requests import Answer, Call

__all__: list[str] = []


@operation("ListObjects", "GET", "bucket")
def list_objects(call: Call, space: Space) -> Answer:
    """List the objects, as both versions of the call do."""
    bucket = space.bucket(call.bucket)
    kind = call.query.get("list-type", "")
    if kind not in ("", "2"):
        raise S3Error("InvalidArgument", extra={"ArgumentName": "list-type", "ArgumentValue": kind})
    page = listing.objects_2(call, bucket) if kind else listing.objects_1(call, bucket)
    return Answer(body=xml.render("ListBucketResult", page))


@operation("ListObjectVersions", "GET", "bucket", "versions")
def list_versions(call: Call, space: Space) -> Answer:
    """List every version and delete marker."""
    page = listing.versions(call, space.bucket(call.bucket))
    return Answer(body=xml.render("ListVersionsResult", page))


@operation("ListMultipartUploads", "GET", "bucket", "uploads")
def list_uploads(call: Call, space: Space) -> Answer:
    """List the uploads in progress."""
    page = listing.uploads(call, space.bucket(call.bucket))
    return Answer(body=xml.render("ListMultipartUploadsResult", page))
