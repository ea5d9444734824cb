"""Buckets: made, found, listed, deleted, and whether they keep versions."""

from __future__ import annotations

import re

from belljar.mocks.storage import xml
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.listing import OWNER
from belljar.mocks.storage.model import Bucket, Space
from belljar.mocks.storage.operations.registry import operation
from belljar.mocks.storage.requests import Answer, Call

__all__: list[str] = []

_HOME = "us-east-1"
_NAME = re.compile(r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[A-Za-z]{2,4}(-[a-z]+)*(-\d)?")
MOST = 1000


@operation("ListBuckets", "GET", "service")
def list_buckets(call: Call, space: Space) -> Answer:
    """List the namespace's buckets."""
    prefix = call.query.get("prefix", "")
    after = call.query.get("continuation-token", "")
    limit = call.number("max-buckets", 10_000, 10_000)
    found = [
        bucket
        for name, bucket in sorted(space.buckets.items())
        if name.startswith(prefix) and name > after
    ]
    page = found[:limit]
    body = xml.render(
        "ListAllMyBucketsResult",
        {
            "Owner": OWNER,
            "Buckets": {
                "Bucket": [
                    {
                        "Name": bucket.name,
                        "CreationDate": xml.timestamp(bucket.created),
                        "BucketRegion": bucket.region,
                    }
                    for bucket in page
                ]
            },
            "Prefix": prefix or None,
            "ContinuationToken": page[-1].name if len(found) > len(page) and page else None,
        },
    )
    return Answer(body=body)


@operation("CreateBucket", "PUT", "bucket")
def create_bucket(call: Call, space: Space) -> Answer:
    """Make a bucket."""
    if not _NAME.fullmatch(call.bucket):
        raise S3Error("InvalidBucketName", extra={"BucketName": call.bucket})
    region = _HOME
    if call.body.strip():
        root = xml.parse(call.body, "CreateBucketConfiguration")
        region = xml.text_of(root, "LocationConstraint", _HOME)
        if not _REGION.fullmatch(region):
            raise S3Error("InvalidLocationConstraint", extra={"LocationConstraint": region})
    if call.bucket in space.buckets:
        # In its oldest region S3 says yes to the owner again.
        if region == _HOME == space.buckets[call.bucket].region:
            return Answer(headers={"Location": f"/{call.bucket}"})
        raise S3Error("BucketAlreadyOwnedByYou", extra={"BucketName": call.bucket})
    if len(space.buckets) >= MOST:
        raise S3Error("InvalidRequest", f"You have attempted to create more than {MOST} buckets")
    space.buckets[call.bucket] = Bucket(call.bucket, call.now, region)
    return Answer(headers={"Location": f"/{call.bucket}"})


@operation("HeadBucket", "HEAD", "bucket")
def head_bucket(call: Call, space: Space) -> Answer:
    """Tell that it exists."""
    return Answer(headers={"x-amz-bucket-region": space.bucket(call.bucket).region})


@operation("DeleteBucket", "DELETE", "bucket")
def delete_bucket(call: Call, space: Space) -> Answer:
    """Delete a bucket that has no version of any object."""
    if not space.bucket(call.bucket).empty:
        raise S3Error("BucketNotEmpty", extra={"BucketName": call.bucket})
    del space.buckets[call.bucket]
    return Answer(204)


@operation("GetBucketLocation", "GET", "bucket", "location")
def get_location(call: Call, space: Space) -> Answer:
    """Tell its region; the oldest one has no name here."""
    region = space.bucket(call.bucket).region
    return Answer(body=xml.render("LocationConstraint", "" if region == _HOME else region))


@operation("GetBucketVersioning", "GET", "bucket", "versioning")
def get_versioning(call: Call, space: Space) -> Answer:
    """Tell whether it keeps versions."""
    status = space.bucket(call.bucket).versioning
    return Answer(body=xml.render("VersioningConfiguration", {"Status": status or None}))


@operation("PutBucketVersioning", "PUT", "bucket", "versioning")
def put_versioning(call: Call, space: Space) -> Answer:
    """Keep versions from now on, or no more."""
    bucket = space.bucket(call.bucket)
    status = xml.text_of(xml.parse(call.body, "VersioningConfiguration"), "Status")
    if status not in ("Enabled", "Suspended"):
        raise S3Error("IllegalVersioningConfigurationException")
    bucket.versioning = status
    return Answer()
