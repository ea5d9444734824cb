"""Documents of a bucket that are kept and given back, and not acted on: CORS, lifecycle, policy, ..."""

from __future__ import annotations

import json
from dataclasses import dataclass

from belljar.mocks.storage import xml
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.listing import OWNER
from belljar.mocks.storage.model import Space
from belljar.mocks.storage.operations.registry import operation
from belljar.mocks.storage.requests import Answer, Call

__all__: list[str] = []


@dataclass(frozen=True)
class _Setting:
    call: str
    """The end of its name in S3."""
    root: str
    missing: str = ""
    """The error where there is none."""
    default: bytes = b""
    """Else what there is."""


_AES: dict[str, xml.Value] = {
    "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
    "BucketKeyEnabled": False,
}
_SETTINGS = {
    "accelerate": _Setting(
        "BucketAccelerateConfiguration",
        "AccelerateConfiguration",
        default=xml.render("AccelerateConfiguration", ""),
    ),
    "cors": _Setting("BucketCors", "CORSConfiguration", "NoSuchCORSConfiguration"),
    "encryption": _Setting(
        "BucketEncryption",
        "ServerSideEncryptionConfiguration",
        default=xml.render("ServerSideEncryptionConfiguration", {"Rule": _AES}),
    ),
    "lifecycle": _Setting(
        "BucketLifecycleConfiguration", "LifecycleConfiguration", "NoSuchLifecycleConfiguration"
    ),
    "logging": _Setting(
        "BucketLogging", "BucketLoggingStatus", default=xml.render("BucketLoggingStatus", "")
    ),
    "notification": _Setting(
        "BucketNotificationConfiguration",
        "NotificationConfiguration",
        default=xml.render("NotificationConfiguration", ""),
    ),
    "ownershipControls": _Setting(
        "BucketOwnershipControls", "OwnershipControls", "OwnershipControlsNotFoundError"
    ),
    "policy": _Setting("BucketPolicy", "", "NoSuchBucketPolicy"),
    "publicAccessBlock": _Setting(
        "PublicAccessBlock",
        "PublicAccessBlockConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
    ),
    "requestPayment": _Setting(
        "BucketRequestPayment",
        "RequestPaymentConfiguration",
        default=xml.render("RequestPaymentConfiguration", {"Payer": "BucketOwner"}),
    ),
    "website": _Setting("BucketWebsite", "WebsiteConfiguration", "NoSuchWebsiteConfiguration"),
}


def _get(name: str, setting: _Setting) -> None:
    @operation(f"Get{setting.call}", "GET", "bucket", name)
    def get(call: Call, space: Space) -> Answer:
        bucket = space.bucket(call.bucket)
        document = bucket.settings.get(name, setting.default)
        if not document:
            raise S3Error(setting.missing, extra={"BucketName": bucket.name})
        return Answer(body=document)


def _put(name: str, setting: _Setting) -> None:
    @operation(f"Put{setting.call}", "PUT", "bucket", name)
    def put(call: Call, space: Space) -> Answer:
        bucket = space.bucket(call.bucket)
        if setting.root:
            xml.parse(call.body, setting.root)
        else:
            try:
                json.loads(call.body)
            except (ValueError, RecursionError):
                raise S3Error("MalformedPolicy", "This policy contains invalid Json") from None
        bucket.settings[name] = call.body
        return Answer(200 if setting.root else 204)


def _delete(name: str, setting: _Setting) -> None:
    @operation(f"Delete{setting.call}", "DELETE", "bucket", name)
    def delete(call: Call, space: Space) -> Answer:
        space.bucket(call.bucket).settings.pop(name, None)
        return Answer(204)


for _name, _one in _SETTINGS.items():
    _get(_name, _one)
    _put(_name, _one)
    if _one.missing or _name == "encryption":
        _delete(_name, _one)


_GRANTEE = 'Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"'


def _acl() -> Answer:
    grant: dict[str, xml.Value] = {_GRANTEE: OWNER, "Permission": "FULL_CONTROL"}
    return Answer(
        body=xml.render(
            "AccessControlPolicy", {"Owner": OWNER, "AccessControlList": {"Grant": grant}}
        )
    )


@operation("GetBucketAcl", "GET", "bucket", "acl")
def get_bucket_acl(call: Call, space: Space) -> Answer:
    """Tell that the owner may do all: the only list there is."""
    space.bucket(call.bucket)
    return _acl()


@operation("GetObjectAcl", "GET", "object", "acl")
def get_object_acl(call: Call, space: Space) -> Answer:
    """Tell that the owner may do all: the only list there is."""
    space.bucket(call.bucket).find(call.key, call.query.get("versionId", ""))
    return _acl()


@operation("PutBucketAcl", "PUT", "bucket", "acl")
def put_bucket_acl(call: Call, space: Space) -> Answer:
    """Take it, to no effect: who has the key of a namespace may do all in it."""
    space.bucket(call.bucket)
    return Answer()


@operation("PutObjectAcl", "PUT", "object", "acl")
def put_object_acl(call: Call, space: Space) -> Answer:
    """Take it, to no effect."""
    space.bucket(call.bucket).find(call.key, call.query.get("versionId", ""))
    return Answer()
