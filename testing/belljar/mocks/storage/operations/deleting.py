"""Deletions: of one object or version, and of many in one call."""

from __future__ import annotations

from belljar.mocks.storage import checksums, xml
from belljar.mocks.storage.conditions import check_delete
from belljar.mocks.storage.errors import S3Error
from belljar.mocks.storage.model import Space
from belljar.mocks.storage.operations.registry import operation
from belljar.mocks.storage.requests import Answer, Call

__all__: list[str] = []

_MOST = 1000


@operation("DeleteObject", "DELETE", "object")
def delete_object(call: Call, space: Space) -> Answer:
    """Delete an object or a version; what is not there counts as deleted."""
    bucket = space.bucket(call.bucket)
    check_delete(call.header("if-match"), bucket, call.key)
    version_id = call.query.get("versionId", "")
    gone = bucket.remove(call.key, version_id, call.now)
    headers = {}
    if gone is not None and bucket.versioning:
        headers["x-amz-version-id"] = gone.version_id
        if gone.marker:
            headers["x-amz-delete-marker"] = "true"
    return Answer(204, headers)


@operation("DeleteObjects", "POST", "bucket", "delete")
def delete_objects(call: Call, space: Space) -> Answer:
    """Delete up to a thousand; each has an answer of its own."""
    bucket = space.bucket(call.bucket)
    if "content-md5" not in call.headers and not checksums.declared(call.headers):
        raise S3Error(
            "InvalidRequest",
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
        )
    checksums.verify(call.headers, call.body)
    root = xml.parse(call.body, "Delete")
    wanted = xml.children(root, "Object")
    if not 1 <= len(wanted) <= _MOST:
        raise S3Error("MalformedXML")
    deleted: list[xml.Value] = []
    failed: list[xml.Value] = []
    for one in wanted:
        key, version_id = xml.text_of(one, "Key"), xml.text_of(one, "VersionId")
        named: dict[str, xml.Value] = {"Key": key, "VersionId": version_id or None}
        try:
            check_delete(xml.text_of(one, "ETag"), bucket, key)
        except S3Error as error:
            failed.append({**named, "Code": error.code, "Message": error.message})
            continue
        gone = bucket.remove(key, version_id, call.now)
        marker = gone is not None and gone.marker and bool(bucket.versioning)
        deleted.append(
            {
                **named,
                "DeleteMarker": True if marker else None,
                "DeleteMarkerVersionId": gone.version_id if marker and gone else None,
            }
        )
    if xml.text_of(root, "Quiet") == "true":
        deleted = []
    return Answer(body=xml.render("DeleteResult", {"Deleted": deleted, "Error": failed}))
