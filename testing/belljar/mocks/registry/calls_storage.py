"""The calls of the contract of `storage`: every call of S3's that the mock knows, by boto3."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from belljar.mocks.registry.recording import Record
from belljar.mocks.storage.client import Storage

__all__ = ["IGNORED", "OPERATIONS"]

IGNORED: Mapping[str, str] = MappingProxyType(
    {
        "*.HTTPHeaders.date": "the time of the answer",
        "*.HTTPHeaders.last-modified": "the time of the change",
        "*.LastModified": "the time of the change",
        "*.CreationDate": "the time of the change",
        "*.Initiated": "the time of the change",
        "*.RequestId": "drawn for each request",
        "*.HTTPHeaders.x-amz-request-id": "drawn for each request",
        "*.VersionId": "drawn for each version",
        "*.DeleteMarkerVersionId": "drawn for each version",
        "*.HTTPHeaders.x-amz-version-id": "drawn for each version",
        "*.CopySourceVersionId": "drawn for each version",
        "*.UploadId": "drawn for each upload",
        "*complete_multipart_upload*.content-length": "the address is in the answer",
    }
)
BUCKET = "shop"
# A bucket's configurations: the call after Put, Get and Delete, and what is put.
_SETTINGS: dict[str, dict[str, Any]] = {
    "bucket_cors": {
        "CORSConfiguration": {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
    },
    "bucket_lifecycle_configuration": {
        "LifecycleConfiguration": {
            "Rules": [{"ID": "a", "Status": "Enabled", "Prefix": "tmp/", "Expiration": {"Days": 1}}]
        }
    },
    "bucket_policy": {"Policy": '{"Version": "2012-10-17", "Statement": []}'},
    "bucket_encryption": {
        "ServerSideEncryptionConfiguration": {
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        }
    },
    "bucket_tagging": {"Tagging": {"TagSet": [{"Key": "team", "Value": "shop"}]}},
    "bucket_website": {"WebsiteConfiguration": {"IndexDocument": {"Suffix": "index.html"}}},
    "bucket_ownership_controls": {
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    },
    "public_access_block": {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
    "bucket_notification_configuration": {"NotificationConfiguration": {}},
    "bucket_accelerate_configuration": {"AccelerateConfiguration": {"Status": "Enabled"}},
    "bucket_logging": {"BucketLoggingStatus": {}},
    "bucket_request_payment": {"RequestPaymentConfiguration": {"Payer": "BucketOwner"}},
    "bucket_versioning": {"VersioningConfiguration": {"Status": "Enabled"}},
    "bucket_acl": {"ACL": "private"},
}
# These stay once they are put.
_STAY = (
    "bucket_notification_configuration",
    "bucket_accelerate_configuration",
    "bucket_logging",
    "bucket_request_payment",
    "bucket_versioning",
    "bucket_acl",
)


def buckets(storage: Storage, record: Record) -> None:
    """Made, found, refused, deleted."""
    s3 = record.watch(storage.client())
    s3.create_bucket(Bucket=BUCKET)
    s3.create_bucket(Bucket="No Name")
    s3.head_bucket(Bucket=BUCKET)
    s3.get_bucket_location(Bucket=BUCKET)
    s3.list_buckets()
    s3.put_object(Bucket=BUCKET, Key="a", Body=b"1")
    s3.delete_bucket(Bucket=BUCKET)
    s3.delete_object(Bucket=BUCKET, Key="a")
    s3.delete_bucket(Bucket=BUCKET)
    s3.head_bucket(Bucket=BUCKET)


def bucket_settings(storage: Storage, record: Record) -> None:
    """What is kept of a bucket, and given back."""
    s3 = record.watch(storage.client())
    s3.create_bucket(Bucket=BUCKET)
    for name, given in _SETTINGS.items():
        getattr(s3, f"get_{name}")(Bucket=BUCKET)
        getattr(s3, f"put_{name}")(Bucket=BUCKET, **given)
        getattr(s3, f"get_{name}")(Bucket=BUCKET)
        if name not in _STAY:
            delete = name.removesuffix("_configuration") if "lifecycle" in name else name
            getattr(s3, f"delete_{delete}")(Bucket=BUCKET)


def objects(storage: Storage, record: Record) -> None:
    """Put, got in parts, on conditions, with tags; copied, deleted."""
    s3 = record.watch(storage.client())
    s3.create_bucket(Bucket=BUCKET)
    at = {"Bucket": BUCKET, "Key": "receipts/é 1.txt"}
    made = s3.put_object(**at, Body=b"hello world", ContentType="text/plain", Metadata={"a": "1"})
    s3.get_object(**at)
    s3.get_object(**at, Range="bytes=2-4")
    s3.get_object(**at, Range="bytes=90-")
    s3.get_object(**at, IfNoneMatch=made["ETag"])
    s3.head_object(**at)
    s3.put_object(**at, Body=b"x", IfNoneMatch="*")
    s3.put_object(**at, Body=b"hello again", IfMatch=made["ETag"], ChecksumAlgorithm="SHA256")
    s3.get_object_attributes(**at, ObjectAttributes=["ETag", "Checksum", "ObjectSize"])
    s3.put_object_tagging(**at, Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    s3.get_object_tagging(**at)
    s3.delete_object_tagging(**at)
    s3.get_object_acl(**at)
    s3.put_object_acl(**at, ACL="private")
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=at)
    s3.delete_object(**at)
    s3.get_object(**at)
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "copy"}, {"Key": "none"}]})
    s3.put_object(Bucket="nowhere", Key="a", Body=b"")


def listings(storage: Storage, record: Record) -> None:
    """Page by page, with prefixes; versions."""
    s3 = record.watch(storage.client())
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a/1", "a/2", "b/1", "c"):
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    s3.delete_object(Bucket=BUCKET, Key="c")
    s3.list_objects(Bucket=BUCKET, MaxKeys=2)
    s3.list_objects(Bucket=BUCKET, Delimiter="/")
    first = s3.list_objects_v2(Bucket=BUCKET, MaxKeys=2)
    s3.list_objects_v2(
        Bucket=BUCKET, ContinuationToken=first["NextContinuationToken"], Prefix="", MaxKeys=2
    )
    s3.list_objects_v2(Bucket=BUCKET, Prefix="a/", StartAfter="a/1")
    s3.list_object_versions(Bucket=BUCKET)


def multipart(storage: Storage, record: Record) -> None:
    """In parts, copied parts among them; ended and given up."""
    s3 = record.watch(storage.client())
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"s" * 100)
    at = {"Bucket": BUCKET, "Key": "large"}
    upload = {**at, "UploadId": s3.create_multipart_upload(**at)["UploadId"]}
    first = s3.upload_part(**upload, PartNumber=1, Body=b"1" * (5 << 20))
    second = s3.upload_part_copy(
        **upload, PartNumber=2, CopySource={"Bucket": BUCKET, "Key": "source"}
    )
    s3.list_parts(**upload)
    s3.list_multipart_uploads(Bucket=BUCKET)
    parts = [
        {"PartNumber": 1, "ETag": first["ETag"]},
        {"PartNumber": 2, "ETag": second["CopyPartResult"]["ETag"]},
    ]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts[::-1]})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    s3.head_object(**at)
    other = {**at, "UploadId": s3.create_multipart_upload(**at)["UploadId"]}
    s3.abort_multipart_upload(**other)
    s3.list_parts(**other)


def signatures(storage: Storage, record: Record) -> None:
    """Presigned addresses, a wrong secret, no credentials; a clock that is ahead."""
    client = storage.client()
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="a", Body=b"1")
    url = client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "a"}, ExpiresIn=60)
    path = url.removeprefix(storage.url)
    record.hide(path.partition("?")[2])
    # Not noted whole: signatures and their refusals have the second in them.
    send = Record().http(storage.url)
    record.note("presigned", send(f"GET {path}").status)
    record.note("without", send(f"GET /{BUCKET}/a").status)
    storage.advance(3600)
    record.note("expired", send(f"GET {path}").status)
    storage.advance(0)
    other = storage.client(endpoint_url=storage.url, aws_secret_access_key="wrong")
    try:
        other.get_object(Bucket=BUCKET, Key="a")
    except other.exceptions.ClientError as error:
        record.note("of a wrong secret", error.response["Error"]["Code"])
    other.close()


OPERATIONS: tuple[Callable[[Storage, Record], None], ...] = (
    buckets,
    bucket_settings,
    objects,
    listings,
    multipart,
    signatures,
)
